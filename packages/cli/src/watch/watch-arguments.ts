import { parseCommandLine, wholeNumber } from '../parse-command-line.ts'
import { UsageError } from '../usage-error.ts'

export interface WatchArguments {
  /** Ends in `/`; has no user, password, query or fragment. */
  readonly url: URL
  readonly headers: Headers
  readonly isOnce: boolean
  readonly isJson: boolean
  readonly timeoutMs: number
}

const expected = 'expected one like http://127.0.0.1:3000/hale/'

/** @throws {UsageError} that never holds the URL, which may have a password in it, or a header */
export function readWatchArguments(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): WatchArguments {
  const { values, positionals } = parseCommandLine(args, {
    once: { type: 'boolean' },
    json: { type: 'boolean' },
    header: { type: 'string', multiple: true },
    'timeout-ms': { type: 'string' },
  })
  const [text, ...others] = positionals
  if (text === undefined) throw new UsageError(`no URL: ${expected}`)
  if (others.length > 0) throw new UsageError('more than one URL')
  const { url, authorization } = readUrl(text)
  const secret = env['HALE_WATCH_HEADER']
  const headers = readHeaders([
    ...(authorization === undefined ? [] : [authorization]),
    ...(secret === undefined ? [] : [secret]),
    ...(values.header ?? []),
  ])
  return {
    url,
    headers,
    isOnce: values.once ?? false,
    isJson: values.json ?? false,
    timeoutMs:
      wholeNumber('timeout-ms', values['timeout-ms'], { min: 100, max: 300_000 }) ?? 20_000,
  }
}

/** The user and the password become a header: Fetch takes no URL that has them, and nobody shall see them. */
function readUrl(text: string): { readonly url: URL; readonly authorization: string | undefined } {
  const url = URL.parse(text)
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new UsageError(`the URL cannot be read: ${expected}`)
  }
  const credentials = `${decode(url.username)}:${decode(url.password)}`
  url.username = ''
  url.password = ''
  url.search = ''
  url.hash = ''
  if (!url.pathname.endsWith('/')) url.pathname += '/'
  const basic = Buffer.from(credentials).toString('base64')
  return { url, authorization: credentials === ':' ? undefined : `authorization: Basic ${basic}` }
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw new UsageError('the user or the password in the URL has a % that stands for nothing')
  }
}

function readHeaders(lines: readonly string[]): Headers {
  const headers = new Headers()
  for (const line of lines) {
    const colon = line.indexOf(':')
    try {
      headers.set(line.slice(0, Math.max(0, colon)).trim(), line.slice(colon + 1).trim())
    } catch {
      throw new UsageError("a header cannot be read: expected 'name: value'")
    }
  }
  return headers
}
