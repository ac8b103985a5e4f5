import { describe, expect, it } from 'vitest'
import { activityQuestion, readActivity } from '../../src/sentinel/activity.ts'
import type { TextRow } from '../../src/sentinel/session.ts'

const nothing: TextRow = {
  pid: null,
  state: null,
  state_at: null,
  application: null,
  statement: null,
  wait_type: null,
  wait: null,
  started_at: null,
  transaction_at: null,
  statement_at: null,
  xmin_age: null,
  waiting_at: null,
  blockers: null,
  locks: null,
  took_ms: null,
}
const ending: TextRow = { ...nothing, started_at: '1000.5', took_ms: '0.25' }

describe('activityQuestion', () => {
  it('sends the process ids as arrays, and keeps one text for all of them', () => {
    const one = activityQuestion(180_004, { pids: [1], told: [], withLocks: false })
    const two = activityQuestion(180_004, { pids: [1, 2], told: [2], withLocks: false })
    expect(one.values).toEqual(['{1}', '{}'])
    expect(two.values).toEqual(['{1,2}', '{2}'])
    expect(two.text).toBe(one.text)
  })
  it('asks since when a lock is waited for from PostgreSQL 14 on', () => {
    const request = { pids: [], told: [], withLocks: true }
    expect(activityQuestion(140_000, request).text).toContain('l.waitstart')
    expect(activityQuestion(139_999, request).text).not.toContain('waitstart')
  })
})

describe('readActivity', () => {
  it('reads what is null as unknown', () => {
    const { backends, at, tookMs, areLocksKnown } = readActivity(
      [{ ...nothing, pid: '7' }, ending],
      false,
    )
    expect(backends.get(7)).toEqual({
      pid: 7,
      state: undefined,
      stateAt: undefined,
      application: undefined,
      statement: undefined,
      waitEvent: undefined,
      startedAt: undefined,
      transactionAt: undefined,
      statementAt: undefined,
      xminAge: undefined,
      waitingAt: undefined,
      blockers: [],
      locksHeld: undefined,
    })
    expect({ at, tookMs, areLocksKnown }).toEqual({
      at: 1_000.5,
      tookMs: 0.25,
      areLocksKnown: false,
    })
  })
  it('reads instants, arrays and counts', () => {
    const row = {
      ...nothing,
      pid: '7',
      started_at: '1000.125',
      blockers: '{3,4,3}',
      locks: '12',
      application: '',
    }
    const { backends, areLocksKnown } = readActivity([row, ending], true)
    expect(backends.get(7)).toMatchObject({ startedAt: 1_000.125, blockers: [3, 4], locksHeld: 12 })
    expect(backends.get(7)?.application).toBeUndefined()
    expect(areLocksKnown).toBe(true)
  })
  it('reads what an active backend waits for, and a statement that is its whole transaction', () => {
    const row = { ...nothing, pid: '7', wait_type: 'IO', wait: 'DataFileRead', transaction_at: '5' }
    const active = readActivity([{ ...row, state: 'active' }, ending], false).backends.get(7)
    expect(active).toMatchObject({ waitEvent: 'IO:DataFileRead', transactionAt: 5, statementAt: 5 })
    const idle = readActivity([{ ...row, state: 'idle in transaction' }, ending], false)
    expect(idle.backends.get(7)?.statementAt).toBeUndefined()
  })
  it('reads an empty array as nobody', () => {
    const { backends } = readActivity([{ ...nothing, pid: '7', blockers: '{}' }], true)
    expect(backends.get(7)?.blockers).toEqual([])
  })
})
