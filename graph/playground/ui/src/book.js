// A Book is the examples with the values that flow between them: ids and tokens that the answer to one gives and another takes. In the
// texts of examples a value is written as its name in angle brackets.
export class Book {
  #values = { email: `ada-${Math.random().toString(36).slice(2, 8)}@example.com` }
  #filled = new Map() // the variables that were last filled in, by the names of examples
  #listeners = new Set()

  // send runs an operation with variables and headers, and returns the data of its answer.
  constructor(examples, send) {
    this.examples = examples
    this.send = send
  }

  subscribe = (listener) => {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  values = () => this.#values

  fill = (text) => fill(text, this.#values)

  // open returns what the tab of an example shows, after it has run the examples that give what this one takes.
  async open(example, headers) {
    // What an example takes may be spent by another that gives something else it takes.
    for (let round = 0; round < 3 && this.#missing(example).length; round++) {
      await this.#prepare(example, headers, new Set([example]))
    }
    const variables = this.fill(example.variables)
    this.#filled.set(example.name, variables)
    return { query: example.query, variables, headers: this.fill(example.headers) }
  }

  // untouched says whether nobody has edited the variables of an example's tab.
  untouched(example, variables) {
    return (variables ?? '') === (this.#filled.get(example.name) ?? '')
  }

  // #missing returns the names of the values that an example takes and nobody has given.
  #missing(example) {
    return [...names(example.variables + example.headers), ...example.needs].filter((name) => !(name in this.#values))
  }

  async #prepare(example, headers, asked) {
    for (const name of this.#missing(example)) {
      const source = this.examples.find((other) => name in other.gives)
      if (!source || asked.has(source)) continue
      asked.add(source)
      await this.#prepare(source, headers, asked)
      const variables = JSON.parse(this.fill(source.variables) || '{}')
      const own = JSON.parse(this.fill(source.headers) || '{}')
      this.learn(source.name, await this.send(source.query, variables, { ...headers, ...own }).catch(() => undefined))
    }
  }

  // learn takes the values out of the data of the answer to an example.
  learn(name, data) {
    const example = this.examples.find((other) => other.name === name)
    if (!example || !data) return
    const values = { ...this.#values }
    for (const spent of example.spends) delete values[spent]
    for (const [given, path] of Object.entries(example.gives)) {
      const value = at(data, path.split('.'))
      if (value !== undefined) values[given] = value
    }
    this.#values = values
    this.#listeners.forEach((listener) => listener())
  }
}

const placeholder = /<(\w+)>/g

// fill puts values in the place of their names. A name that is a whole JSON string gives way to a value of any kind.
export function fill(text, values) {
  return text
    .replace(/"<(\w+)>"/g, (all, name) => (name in values ? JSON.stringify(values[name]) : all))
    .replace(placeholder, (all, name) => (name in values ? String(values[name]) : all))
}

function names(text) {
  return new Set([...text.matchAll(placeholder)].map((match) => match[1]))
}

// at returns what is at a path of keys; of a list, what the element with that number has, or else the first that has the rest.
function at(data, [key, ...rest]) {
  if (data === null || data === undefined) return undefined
  if (key === undefined) return data
  if (!Array.isArray(data) || /^\d+$/.test(key)) return at(data[key], rest)
  for (const element of data) {
    const found = at(element, [key, ...rest])
    if (found !== undefined) return found
  }
  return undefined
}
