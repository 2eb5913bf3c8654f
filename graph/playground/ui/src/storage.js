// browserStorage is the browser's storage under a prefix. Where the browser refuses one (private windows), it forgets at
// the end of the visit.
export function browserStorage(prefix) {
  let kept
  try {
    kept = window.localStorage
    kept.getItem('')
  } catch {
    return memory()
  }
  const mine = (key) => `storegraph:${prefix}:${key}`
  const keys = () => Object.keys(kept).filter((key) => key.startsWith(mine('')))
  return {
    get length() {
      return keys().length
    },
    getItem: (key) => kept.getItem(mine(key)),
    setItem: (key, value) => kept.setItem(mine(key), value),
    removeItem: (key) => kept.removeItem(mine(key)),
    clear: () => keys().forEach((key) => kept.removeItem(key)),
  }
}

function memory() {
  const kept = new Map()
  return {
    get length() {
      return kept.size
    },
    getItem: (key) => kept.get(key) ?? null,
    setItem: (key, value) => void kept.set(key, String(value)),
    removeItem: (key) => void kept.delete(key),
    clear: () => kept.clear(),
  }
}
