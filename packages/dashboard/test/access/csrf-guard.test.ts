import { describe, expect, it } from 'vitest'
import { CsrfGuard } from '../../src/access/csrf-guard.ts'

const guard = new CsrfGuard()
const page = {
  host: 'localhost:3000',
  'content-type': 'application/json',
  'x-hale-csrf': guard.token,
}

function whyForged(headers: Record<string, string>): string | undefined {
  return guard.whyForged(new Headers({ ...page, ...headers }))
}

describe('CsrfGuard', () => {
  it('lets the page act', () => {
    expect(whyForged({})).toBeUndefined()
    expect(whyForged({ 'content-type': 'application/json; charset=utf-8' })).toBeUndefined()
    expect(whyForged({ origin: 'http://localhost:3000' })).toBeUndefined()
    const behindTls = { origin: 'https://Ops.example', host: 'ops.example' }
    expect(whyForged(behindTls)).toBeUndefined()
    expect(whyForged({ 'sec-fetch-site': 'same-origin' })).toBeUndefined()
  })
  it('refuses whoever has no token, or that of another process', () => {
    for (const token of ['', 'x', new CsrfGuard().token, `${guard.token}x`]) {
      expect(whyForged({ 'x-hale-csrf': token })).toContain('load it anew')
    }
  })
  it('refuses what a form could send', () => {
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'application/jsonp']) {
      expect(whyForged({ 'content-type': type })).toContain('content type')
    }
  })
  it('refuses other sites, whatever they know', () => {
    for (const site of ['cross-site', 'same-site', 'none']) {
      expect(whyForged({ 'sec-fetch-site': site })).toContain('another site')
    }
    for (const origin of ['https://evil.example', 'null', 'http://localhost:4000', '']) {
      expect(whyForged({ origin })).toContain('another site')
    }
  })
})
