import { inspect } from 'node:util'

/** Texts that say where a pool leads to and what it is called. Any other may be a secret, or stand for one. */
const shownTexts: ReadonlySet<string> = new Set([
  'application_name',
  'client_encoding',
  'database',
  'fallback_application_name',
  'host',
  'port',
  'sslnegotiation',
  'targetSessionAttrs',
  'user',
])

/** Hale's own sections, which hold numbers and names. */
const shownSections: ReadonlySet<string> = new Set([
  'health',
  'hosts',
  'hygiene',
  'leakDetection',
  'opening',
  'recycling',
  'sentinel',
])

const notShown = '(not shown)'

/**
 * Has `options` printed, by `util.inspect` and as JSON, without what could be a secret: a connection string,
 * a TLS key, a password under whatever name. They stay what they are for whoever reads or copies them.
 */
export function hideSecrets(options: object): void {
  const show = (): object => shown(options)
  for (const key of ['toJSON', inspect.custom]) {
    Object.defineProperty(options, key, { value: show, configurable: true, writable: true })
  }
}

function shown(options: object): object {
  return Object.fromEntries(
    Object.entries(options).map(([name, value]) => [name, shownValue(name, value)]),
  )
}

function shownValue(name: string, value: unknown): unknown {
  switch (typeof value) {
    case 'boolean':
    case 'undefined':
      return value
    case 'number':
      return name.startsWith('pass') ? notShown : value
    case 'string':
      return shownTexts.has(name) && !value.includes('://') ? value : notShown
    case 'object':
      return value === null || shownSections.has(name) ? value : notShown
    default:
      return notShown
  }
}
