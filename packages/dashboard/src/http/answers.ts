import type { Answer } from './asked.ts'

/** On every answer: nothing but what this server sends is run, framed, or read by other sites. */
const everywhere: Readonly<Record<string, string>> = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; " +
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=()',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  // no-transform: what compresses would hold events back
  'cache-control': 'no-store, no-transform',
}

export function textAnswer(
  status: number,
  text: string,
  more: Record<string, string> = {},
): Answer {
  return answerOf(status, 'text/plain', `${text}\n`, more)
}

export function answerOf(
  status: number,
  type: string,
  body: string,
  more: Readonly<Record<string, string>> = {},
): Answer {
  const headers = { ...everywhere, 'content-type': `${type}; charset=utf-8`, ...more }
  return { status, headers, body }
}

export function jsonAnswer(status: number, value: object): Answer {
  return answerOf(status, 'application/json', JSON.stringify(value))
}

export function streamAnswer(): Answer {
  const unbuffered = { 'x-accel-buffering': 'no' } // nginx
  return { ...answerOf(200, 'text/event-stream', '', unbuffered), isStream: true }
}
