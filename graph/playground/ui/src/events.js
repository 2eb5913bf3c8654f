// subscribe returns what a subscription sends, as the server's event stream brings it. Its return ends the stream at once; that of
// a generator would wait for the next answer.
export function subscribe(url, params, headers) {
  const abort = new AbortController()
  const answers = read(url, params, headers, abort.signal)
  return {
    [Symbol.asyncIterator]() {
      return this
    },
    next() {
      return answers.next().catch((error) => {
        if (abort.signal.aborted) return { done: true, value: undefined }
        throw error
      })
    },
    return() {
      abort.abort()
      return Promise.resolve({ done: true, value: undefined })
    },
  }
}

async function* read(url, params, headers, signal) {
  const response = await fetch(url, {
    method: 'POST',
    headers: { ...headers, accept: 'text/event-stream', 'content-type': 'application/json' },
    body: JSON.stringify(params),
    signal,
  })
  if (!response.headers.get('content-type')?.startsWith('text/event-stream')) {
    yield await response.json() // it was refused
    return
  }
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader()
  let text = ''
  for (;;) {
    const { done, value } = await reader.read()
    if (done) throw new Error('The server has ended the subscription. Run it again.')
    text += value
    const events = text.split('\n\n')
    text = events.pop()
    for (const event of events) {
      const [kind, ...data] = event.split('\n')
      if (kind === 'event: complete') return
      if (kind === 'event: next') yield JSON.parse(data.map((line) => line.slice('data: '.length)).join('\n'))
    }
  }
}
