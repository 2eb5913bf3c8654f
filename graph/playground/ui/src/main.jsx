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

// GraphiQL asks for the schema before its header editor is there; other requests carry what the editor says.
const send = createGraphiQLFetcher({ url: endpoint })
const fetcher = (params, opts) => {
  if (opts?.documentAST && getOperationAST(opts.documentAST, params.operationName)?.operation === 'subscription') {
    return subscribe(endpoint, params, opts.headers)
  }
  const early = params.operationName === 'IntrospectionQuery' && !opts?.headers && headers
  return send(params, early ? { ...opts, headers: JSON.parse(headers) } : opts)
}
const plugins = [HISTORY_PLUGIN, explorerPlugin(), ...(examples.length ? [examplesPlugin(examples)] : [])]

// GraphiQL shows the variables and headers of the first tab only if they are given as initial ones too.
const [example] = first ? examples : []
const initial = example && {
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
    visiblePlugin={first ? DOC_EXPLORER_PLUGIN : undefined}
    storage={storage}
    defaultTabs={examples.length ? examples : undefined}
    defaultQuery=""
    defaultHeaders={headers}
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
