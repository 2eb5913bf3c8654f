import '@graphiql/react/font/fira-code.css'
import '@graphiql/react/style.css'
import '@graphiql/plugin-doc-explorer/style.css'
import '@graphiql/plugin-explorer/style.css'
import '@graphiql/plugin-history/style.css'
import 'graphiql/graphiql.css'
import './style.css'

import { explorerPlugin } from '@graphiql/plugin-explorer'
import { DOC_EXPLORER_PLUGIN } from '@graphiql/plugin-doc-explorer'
import { HISTORY_PLUGIN } from '@graphiql/plugin-history'
import { createGraphiQLFetcher } from '@graphiql/toolkit'
import { GraphiQL } from 'graphiql'
import { getOperationAST } from 'graphql'
import { createRoot } from 'react-dom/client'

import { Book } from './book.js'
import { subscribe } from './events.js'
import { examplesPlugin } from './examples.jsx'
import icon from './icon.svg'
import { browserStorage } from './storage.js'
import './workers.js'

// The server fills in the settings, as the type settings in playground.go describes them.
const { endpoint, headers, scope, examples } = JSON.parse(document.getElementById('settings').textContent)

// Tabs of another key belong to another shop: their ids do not exist here.
const storage = browserStorage(scope)
const first = storage.getItem('graphiql:tabState') === null

const send = createGraphiQLFetcher({ url: endpoint, enableIncrementalDelivery: false })

const book = new Book(examples, async (query, variables, headers) => {
  const body = JSON.stringify({ query, variables })
  const response = await fetch(endpoint, { method: 'POST', headers: { ...headers, 'content-type': 'application/json' }, body })
  return (await response.json()).data
})

// GraphiQL asks for the schema before its header editor is there; other requests carry what the editor says.
const fetcher = (params, opts) => {
  const operation = opts?.documentAST && getOperationAST(opts.documentAST, params.operationName)
  if (operation?.operation === 'subscription') return subscribe(endpoint, params, opts.headers)
  const early = params.operationName === 'IntrospectionQuery' && !opts?.headers && headers
  const answer = send(params, early ? { ...opts, headers: JSON.parse(headers) } : opts)
  Promise.resolve(answer).then(
    (result) => book.learn(operation?.name?.value, result?.data),
    () => {},
  )
  return answer
}

// Where there is little room, the panes are below each other, and those at the side come over them.
const narrow = matchMedia('(max-width: 1000px)')
const plugins = [HISTORY_PLUGIN, explorerPlugin(), ...(examples.length ? [examplesPlugin(book, narrow)] : [])]

// GraphiQL shows the variables and headers of the first tab only if they are given as initial ones too.
const example = examples[0] && (await book.open(examples[0], JSON.parse(headers || '{}')))
const initial = first &&
  example && {
    initialQuery: example.query,
    initialVariables: example.variables,
    initialHeaders: example.headers,
  }

// The editor measures letters once, when it is made.
await document.fonts.load('15px "Fira Code"')

createRoot(document.getElementById('playground')).render(
  <GraphiQL
    fetcher={fetcher}
    plugins={plugins}
    visiblePlugin={first && !narrow.matches ? DOC_EXPLORER_PLUGIN : undefined}
    storage={storage}
    defaultTabs={example && [example]}
    defaultQuery=""
    defaultHeaders={headers}
    defaultEditorToolsVisibility="variables"
    shouldPersistHeaders={scope !== ''}
    schemaDescription
    inputValueDeprecation
    {...initial}
  >
    <GraphiQL.Logo>
      <span className="storegraph-logo">
        <img src={icon} alt="" width="20" height="20" />
        storegraph
      </span>
    </GraphiQL.Logo>
  </GraphiQL>,
)
