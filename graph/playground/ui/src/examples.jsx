import { useGraphiQL, useGraphiQLActions } from '@graphiql/react'
import { useRef, useState, useSyncExternalStore } from 'react'

// examplesPlugin lists the example operations in the side bar; choosing one shows its tab with what it takes filled in.
export function examplesPlugin(book, narrow) {
  return { title: 'Examples', icon: Icon, content: () => <Examples book={book} narrow={narrow} /> }
}

function Examples({ book, narrow }) {
  const { addTab, changeTab, setVisiblePlugin, stop } = useGraphiQLActions()
  const state = useRef()
  state.current = useGraphiQL(({ tabs, queryEditor, variableEditor, headerEditor }) => ({ tabs, queryEditor, variableEditor, headerEditor }))
  const [opening, setOpening] = useState()
  useSyncExternalStore(book.subscribe, book.values)

  const open = async (example) => {
    setOpening(example)
    const wrote = state.current.tabs.find((tab) => tab.title === example.name)?.variables
    const untouched = book.untouched(example, wrote)
    const tab = await book.open(example, parsed(state.current.headerEditor?.getValue()))
    setOpening(undefined)
    const { tabs, queryEditor, variableEditor, headerEditor } = state.current
    stop() // a subscription in the tab before
    const at = tabs.findIndex((other) => other.title === example.name)
    if (at >= 0) {
      changeTab(at)
    } else {
      addTab()
      queryEditor?.setValue(tab.query)
    }
    if (at < 0 || untouched) {
      variableEditor?.setValue(tab.variables)
      headerEditor?.setValue(tab.headers)
    }
    if (narrow.matches) setVisiblePlugin(null)
  }

  return (
    <section className="storegraph-examples" aria-label="Examples">
      <div className="graphiql-doc-explorer-title">Examples</div>
      {groups(book.examples).map(([group, examples]) => (
        <div key={group}>
          {group && <h3>{group}</h3>}
          <ul>
            {examples.map((example) => (
              <li key={example.name}>
                <button type="button" className="graphiql-un-styled" disabled={opening !== undefined} onClick={() => open(example)}>
                  <strong>{example.name}</strong>
                  <span>{about(example.query)}</span>
                </button>
                {example.rest && <Twin book={book} rest={example.rest} headers={example.headers} />}
              </li>
            ))}
          </ul>
        </div>
      ))}
    </section>
  )
}

// A Twin is the request to the Store API that does the same as an example.
function Twin({ book, rest, headers }) {
  const [line, ...body] = book.fill(rest).split('\n')
  const [method, path] = line.split(' ')
  const command = [
    `curl ${method === 'GET' ? '' : `-X ${method} `}'${location.origin}${path}'`,
    ...Object.entries(parsed(book.fill(headers))).map(([name, value]) => `-H '${name}: ${value}'`),
    ...(body.length ? ["-H 'content-type: application/json'", `-d '${body.join('\n').replaceAll("'", "'\\''")}'`] : []),
  ].join(' \\\n  ')
  return (
    <details>
      <summary>
        REST: {method} {rest.split('\n')[0].split(' ')[1].split('?')[0].replaceAll(/<\w+>/g, '{id}')}
      </summary>
      <pre>{command}</pre>
      <button type="button" className="graphiql-un-styled" onClick={() => navigator.clipboard?.writeText(command)}>
        Copy
      </button>
      <a href="/openapi.json" target="_blank" rel="noreferrer">
        All routes
      </a>
    </details>
  )
}

function groups(examples) {
  const out = []
  for (const example of examples) {
    if (example.group || !out.length) out.push([example.group, []])
    out.at(-1)[1].push(example)
  }
  return out
}

function parsed(json) {
  try {
    return JSON.parse(json || '{}')
  } catch {
    return {}
  }
}

// about is what the comment at the head of an operation says.
function about(query) {
  const lines = []
  for (const line of query.trim().split('\n')) {
    if (!line.startsWith('#')) break
    lines.push(line.replace(/^#\s*/, ''))
  }
  return lines.join(' ')
}

function Icon() {
  return (
    <svg viewBox="0 0 24 24" fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinecap="round" strokeLinejoin="round" aria-hidden="true">
      <path d="M5 9h14l-1.2 10.2a2 2 0 0 1-2 1.8H8.2a2 2 0 0 1-2-1.8z" />
      <path d="M8.5 11V7a3.5 3.5 0 0 1 7 0v4" />
    </svg>
  )
}
