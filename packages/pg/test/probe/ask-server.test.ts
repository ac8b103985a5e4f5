import { ConnectionHealthMetrics } from '@hale/core'
import { createFakeClock } from '@hale/testkit'
import { describe, expect, it } from 'vitest'
import { Connection } from '../../src/pool/connection.ts'
import { Incident } from '../../src/pool/incident.ts'
import type { PoolableClient } from '../../src/pool/poolable-client.ts'
import { askServer } from '../../src/probe/ask-server.ts'
import { RunningTime } from '../../src/running-time.ts'

type QueryCallback = (error: Error | null, result?: unknown) => void

/**
 * Asks over a client that gives scripted rows, because a pooler whose pids are not those of backends, a
 * server that tells nothing, and one that refuses are not to be had at will. What a real server answers is
 * under test in judgement.integration.test.ts.
 */
function ask(answer: (callback: QueryCallback, connection: Connection) => void): {
  readonly outcome: string | undefined
  readonly answer: string | undefined
  readonly text: string
} {
  const clock = createFakeClock(1_000)
  const time = new RunningTime(clock)
  const told = { outcome: undefined as string | undefined, answer: undefined as string | undefined }
  let text = ''
  const client = {
    processID: 7,
    connection: {},
    query: (sent: string, callback: QueryCallback) => {
      text = sent
      answer(callback, helper)
    },
  } as unknown as PoolableClient
  const helper = new Connection(
    1,
    client,
    new ConnectionHealthMetrics(clock),
    new Incident(),
    1_000,
  )
  const patience = { time, timeoutMs: 500, isServerSilent: () => false }
  askServer(helper, 99, patience, (outcome, found) => {
    told.outcome = outcome
    told.answer = found
  })
  clock.advance(600)
  return { ...told, text }
}

function rows(row: Record<string, unknown>): (callback: QueryCallback) => void {
  return (callback) => callback(null, { rows: [row] })
}

describe('asking what a backend does', () => {
  it.each([
    ['active', 'active'],
    ['fastpath function call', 'active'],
    ['idle', 'idle'],
    ['idle in transaction', 'idle'],
    ['idle in transaction (aborted)', 'idle'],
    ['disabled', 'unknown'],
    [null, 'unknown'],
  ])('takes state %s for %s', (state, answer) => {
    const told = ask(rows({ helper: 7, found: 99, state }))
    expect(told).toMatchObject({ outcome: 'answered', answer })
    expect(told.text).toContain('pg_stat_get_activity(99)')
  })
  it('takes a backend that is not there for gone', () => {
    expect(ask(rows({ helper: 7, found: null, state: null }))).toMatchObject({ answer: 'gone' })
  })
  it('concludes nothing behind a pooler, whose pids are not those of backends', () => {
    expect(ask(rows({ helper: 4_711, found: null, state: null }))).toMatchObject({
      answer: 'unknown',
    })
  })
  it('keeps a connection whose server refuses the question', () => {
    const refused = Object.assign(new Error('permission denied'), {
      code: '42501',
      severity: 'ERROR',
    })
    const told = ask((callback, { wire }) => {
      callback(refused)
      wire.onSettled?.()
    })
    expect(told).toMatchObject({ outcome: 'answered', answer: 'unknown' })
  })
  it('waits until a refusing connection is ready again', () => {
    const refused = Object.assign(new Error('permission denied'), { code: '42501' })
    expect(ask((callback) => callback(refused))).toMatchObject({ outcome: 'unanswered' })
  })
  it('knows a helper that is gone, and one that does not answer', () => {
    expect(ask((callback) => callback(new Error('Connection terminated')))).toMatchObject({
      outcome: 'failed',
      answer: 'unanswered',
    })
    expect(ask(() => {})).toMatchObject({ outcome: 'unanswered', answer: 'unanswered' })
  })
})
