import Cursor from 'pg-cursor'
import { describe, expect, it } from 'vitest'
import type { PoolableClient } from '../../src/pool/poolable-client.ts'
import { overdueAt } from '../../src/tap/overdue-at.ts'

function clientWith(query_timeout?: unknown, pipeline = false): PoolableClient {
  return { connectionParameters: { query_timeout }, pipeline } as unknown as PoolableClient
}

describe('overdueAt', () => {
  it.each([
    ['the timeout of its client', 300, 'select 1', 1_300],
    ['that of its client where its own is none', 300, { text: '', query_timeout: 0 }, 1_300],
    ['its own rather than that of its client', 300, { text: '', query_timeout: 70 }, 1_070],
    ['a timeout from a connection string', '300', { text: '', name: 'named' }, 1_300],
    ['1 ms, as timers do, where it is no duration', 'soon', 'select 1', 1_001],
    ['1 ms, as timers do, where it is too long', 3e9, 'select 1', 1_001],
    ['no timeout', undefined, 'select 1', Number.POSITIVE_INFINITY],
    ['no timeout where it is off', false, { text: '' }, Number.POSITIVE_INFINITY],
    ['nothing for what pg refuses', undefined, null, Number.POSITIVE_INFINITY],
    ['nothing for a cursor', 300, new Cursor('select 1'), Number.POSITIVE_INFINITY],
  ])('follows %s', (_what, ofClient, query, expected) => {
    expect(overdueAt(clientWith(ofClient), query, 1_000)).toBe(expected)
  })
  it('leaves pipelined statements to pg', () => {
    expect(overdueAt(clientWith(300, true), 'select 1', 1_000)).toBe(Number.POSITIVE_INFINITY)
  })
  it('knows of no timeout where the client is of another kind', () => {
    expect(overdueAt({} as PoolableClient, 'select 1', 1_000)).toBe(Number.POSITIVE_INFINITY)
  })
})
