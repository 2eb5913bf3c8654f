import { readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

const dist = '../dist'

// The assets are committed as they are sent: every browser takes gzip, also over plain HTTP, where none takes brotli.
const gzip = {
  name: 'gzip',
  apply: 'build',
  closeBundle() {
    for (const file of readdirSync(dist, { recursive: true, withFileTypes: true })) {
      if (!file.isFile() || file.name === 'index.html') continue
      const path = join(file.parentPath, file.name)
      writeFileSync(`${path}.gz`, gzipSync(readFileSync(path), { level: 9 }))
      rmSync(path)
    }
  },
}

export default defineConfig({
  base: '/playground/',
  plugins: [react(), gzip],
  worker: { format: 'es' },
  build: {
    outDir: dist,
    emptyOutDir: true,
    target: 'es2022',
    cssCodeSplit: false,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 5000,
    license: { fileName: 'licenses.md' },
    rolldownOptions: {
      onLog(level, log, print) {
        if (log.code !== 'MODULE_LEVEL_DIRECTIVE') print(level, log) // GraphiQL is compiled already
      },
    },
  },
})
