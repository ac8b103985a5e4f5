import { timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'

/** Headers of every answer: nothing from elsewhere, nothing inline, in no frame, in no cache. */
export const securityHeaders: Readonly<Record<string, string>> = Object.freeze({
  'cache-control': 'no-store',
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
})

/** The header in which the page sends its token. */
export const tokenHeader = 'x-hale-token'

/**
 * Whether a request was addressed to this machine by a name that only this machine has: a page from elsewhere
 * may have a name of its own resolve to 127.0.0.1.
 */
export function isLocal({ headers, socket }: IncomingMessage): boolean {
  const names = ['127.0.0.1', 'localhost']
  return names.some((name) => headers.host === `${name}:${socket.localPort}`)
}

/** Whether a request that changes something comes from the page itself, which alone knows the token. */
export function isFromPage({ headers }: IncomingMessage, token: string): boolean {
  const { host, origin } = headers
  if (origin !== undefined && origin !== `http://${host}`) return false
  const given = Buffer.from(String(headers[tokenHeader] ?? ''))
  const expected = Buffer.from(token)
  return given.length === expected.length && timingSafeEqual(given, expected)
}
