import Cursor from 'pg-cursor'
import { describe, expect, it } from 'vitest'
import type { PoolableClient } from '../../src/pool/poolable-client.ts'
import { timeoutOf } from '../../src/tap/timeout-of.ts'

function clientWith(query_timeout?: unknown, pipeline = false): PoolableClient {
  return { connectionParameters: { query_timeout }, pipeline } as unknown as PoolableClient
}

describe('timeoutOf', () => {
  it.each([
    ['the timeout of its client', 300, 'select 1', 300],
    ['that of its client where its own is none', 300, { text: '', query_timeout: 0 }, 300],
    ['its own rather than that of its client', 300, { text: '', query_timeout: 70 }, 70],
    ['a timeout from a connection string', '300', { text: '', name: 'named' }, 300],
    ['1 ms, as timers do, where it is no duration', 'soon', 'select 1', 1],
    ['1 ms, as timers do, where it is too long', 3e9, 'select 1', 1],
    ['no timeout', undefined, 'select 1', undefined],
    ['no timeout where it is off', false, { text: '' }, undefined],
    ['nothing for what pg refuses', undefined, null, undefined],
    ['nothing for a cursor', 300, new Cursor('select 1'), undefined],
  ])('follows %s', (_what, ofClient, query, expected) => {
    expect(timeoutOf(clientWith(ofClient), query)).toBe(expected)
  })
  it('leaves pipelined statements to pg', () => {
    expect(timeoutOf(clientWith(300, true), 'select 1')).toBe(undefined)
  })
  it('knows of no timeout where the client is of another kind', () => {
    expect(timeoutOf({} as PoolableClient, 'select 1')).toBe(undefined)
  })
})
