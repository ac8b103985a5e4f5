import { describe, expect, it } from 'vitest'
import { UsageError } from '../../src/usage-error.ts'
import { readWatchArguments } from '../../src/watch/watch-arguments.ts'

describe('readWatchArguments', () => {
  it.each([
    ['http://127.0.0.1:3000/hale', 'http://127.0.0.1:3000/hale/'],
    ['http://127.0.0.1:3000', 'http://127.0.0.1:3000/'],
    ['https://ops.example.net/hale/?tab=1#pool', 'https://ops.example.net/hale/'],
  ])('takes %s as the mount %s', (text, url) => {
    expect(readWatchArguments([text], {}).url.href).toBe(url)
  })
  it('turns the user and the password of the URL into a header', () => {
    const { url, headers } = readWatchArguments(['http://bob:p%40ss@127.0.0.1/'], {})
    expect(url.href).toBe('http://127.0.0.1/')
    expect(headers.get('authorization')).toBe(`Basic ${btoa('bob:p@ss')}`)
  })
  it('takes headers from the command line and from the environment', () => {
    const args = ['http://127.0.0.1/', '--header', 'x-one: 1', '--header', 'x-two: a: b']
    const { headers } = readWatchArguments(args, { HALE_WATCH_HEADER: 'authorization: Bearer t' })
    expect([...headers]).toEqual([
      ['authorization', 'Bearer t'],
      ['x-one', '1'],
      ['x-two', 'a: b'],
    ])
  })
  it.each([
    ['no URL', []],
    ['two', ['http://a/', 'http://b/']],
    ['another scheme', ['ftp://bob:hunter2@a/']],
    ['nonsense', ['bob:hunter2']],
    ['a password that cannot be decoded', ['http://bob:hunter2%zz@a/']],
    ['a header without a name', ['http://a/', '--header', 'hunter2']],
    ['a header with a line break', ['http://a/', '--header', 'x: hunter2\nevil: 1']],
  ])('refuses %s, and shows nothing of it', (_what, args) => {
    const read = (): unknown => readWatchArguments(args, {})
    expect(read).toThrow(UsageError)
    expect(read).not.toThrow(/hunter2|bob/)
  })
})
