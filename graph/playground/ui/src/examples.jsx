import { useGraphiQL, useGraphiQLActions } from '@graphiql/react'

// examplesPlugin lists the example operations in the side bar; choosing one shows its tab, or opens it again.
export function examplesPlugin(examples) {
  return { title: 'Examples', icon: Icon, content: () => <Examples examples={examples} /> }
}

function Examples({ examples }) {
  const { addTab, changeTab } = useGraphiQLActions()
  const tabs = useGraphiQL((state) => state.tabs)
  const queryEditor = useGraphiQL((state) => state.queryEditor)
  const variableEditor = useGraphiQL((state) => state.variableEditor)
  const headerEditor = useGraphiQL((state) => state.headerEditor)

  const open = (example) => {
    const at = tabs.findIndex((tab) => tab.query === example.query)
    if (at >= 0) {
      changeTab(at)
      return
    }
    addTab()
    queryEditor?.setValue(example.query)
    variableEditor?.setValue(example.variables)
    headerEditor?.setValue(example.headers)
  }

  return (
    <section className="storegraph-examples" aria-label="Examples">
      <div className="graphiql-doc-explorer-title">Examples</div>
      <ul>
        {examples.map((example) => (
          <li key={example.name}>
            <button type="button" className="graphiql-un-styled" onClick={() => open(example)}>
              <strong>{example.name}</strong>
              <span>{about(example.query)}</span>
            </button>
          </li>
        ))}
      </ul>
    </section>
  )
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
