import type { IncomingMessage } from 'node:http'
import { describe, expect, it } from 'vitest'
import { isFromPage, isLocal, securityHeaders } from '../../../src/demo/control/guard.ts'

function request(headers: Readonly<Record<string, string>>): IncomingMessage {
  return { headers, socket: { localPort: 4000 } } as unknown as IncomingMessage
}

describe('isLocal', () => {
  it.each(['127.0.0.1:4000', 'localhost:4000'])('knows %s', (host) => {
    expect(isLocal(request({ host }))).toBe(true)
  })

  it.each(['rebound.example:4000', '127.0.0.1:4001', '127.0.0.1', '127.0.0.1:4000.example', ''])(
    'does not know %j',
    (host) => {
      expect(isLocal(request({ host }))).toBe(false)
    },
  )
})

describe('isFromPage', () => {
  const token = 'the-token'
  const host = '127.0.0.1:4000'

  it('takes the token of the page', () => {
    const origin = `http://${host}`
    expect(isFromPage(request({ host, origin, 'x-hale-token': token }), token)).toBe(true)
  })

  it.each(['', 'the-tokeN', 'the-token-and-more', 'the-toké'])('refuses the token %j', (given) => {
    expect(isFromPage(request({ host, 'x-hale-token': given }), token)).toBe(false)
  })

  it.each(['http://elsewhere.example', 'null', 'https://127.0.0.1:4000'])(
    'refuses the token from %s',
    (origin) => {
      expect(isFromPage(request({ host, origin, 'x-hale-token': token }), token)).toBe(false)
    },
  )
})

describe('securityHeaders', () => {
  it('allow nothing inline and nothing from elsewhere', () => {
    const policy = securityHeaders['content-security-policy']
    expect(policy).toContain("default-src 'none'")
    expect(policy).not.toMatch(/unsafe|\*|https?:/)
  })
})
