import { describe, expect, it } from 'vitest'
import { whyRemote } from '../../src/access/why-remote.ts'
import type { Asked } from '../../src/http/asked.ts'

function asked(remoteAddress: string | undefined, headers: Record<string, string> = {}): Asked {
  return {
    method: 'GET',
    url: '/',
    headers: new Headers({ host: 'localhost:3000', ...headers }),
    remoteAddress,
    native: undefined,
    readBody: async () => '',
  }
}

describe('whyRemote', () => {
  it.each(['127.0.0.1', '127.8.9.1', '::1', '::ffff:127.0.0.1'])(
    'takes %s for this machine',
    (address) => {
      expect(whyRemote(asked(address))).toBeUndefined()
    },
  )
  it.each(['10.0.0.7', '::ffff:10.0.0.7', '2001:db8::1', '128.0.0.1', '', 'localhost'])(
    'takes %j for another',
    (address) => {
      expect(whyRemote(asked(address))).toMatch(/on another machine.*allowRemote: true/)
    },
  )
  it('says how to tell it the address where nobody did', () => {
    expect(whyRemote(asked(undefined))).toMatch(/\{ remoteAddress \}.*allowRemote: true/)
  })
  it.each(['forwarded', 'via', 'x-forwarded-for', 'x-forwarded-host', 'x-real-ip'])(
    'takes what came through a proxy for remote: %s',
    (name) => {
      expect(whyRemote(asked('127.0.0.1', { [name]: '127.0.0.1' }))).toContain(name)
    },
  )
  it.each([
    'localhost',
    'LOCALHOST:1',
    'app.localhost:80',
    '127.0.0.1:3000',
    '[::1]:3000',
    '[::1]',
  ])('takes %s for a name of this machine', (host) => {
    expect(whyRemote(asked('127.0.0.1', { host }))).toBeUndefined()
  })
  it.each([
    'evil.example',
    '10.0.0.7:3000',
    'localhost.evil.example',
    'evillocalhost',
    '[::2]',
    '127.0.0.1.evil.example',
    '',
  ])('takes %j for the name of another, which a site has lead here', (host) => {
    expect(whyRemote(asked('127.0.0.1', { host }))).toContain('another host')
  })
})
