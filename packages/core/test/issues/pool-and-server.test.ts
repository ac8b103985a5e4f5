import { describe, expect, it } from 'vitest'
import type { ConnectionIssue } from '../../src/issues/connection-issue.ts'
import { detectDisconnections } from '../../src/issues/disconnections.ts'
import { flapping } from '../../src/issues/flapping.ts'
import { IssueLog } from '../../src/issues/issue-log.ts'
import { poolExhaustion } from '../../src/issues/pool-exhaustion.ts'
import { detectServerSlow } from '../../src/issues/server-slow.ts'
import { serverUnreachable } from '../../src/issues/server-unreachable.ts'
import { stalePlan } from '../../src/issues/stale-plan.ts'
import { transactionLeak } from '../../src/issues/transaction-leak.ts'
import { unresponsive } from '../../src/issues/unresponsive.ts'
import { wrongRole } from '../../src/issues/wrong-role.ts'
import { thresholdDefaults } from '../../src/options/threshold-options.ts'

function severities(
  type: 'server_slow' | 'disconnections',
  values: readonly number[],
  judge: (value: number, open: ConnectionIssue | undefined) => ReturnType<typeof detectServerSlow>,
): string {
  const log = new IssueLog()
  const seen = values.map((value, now) => {
    const verdict = judge(value, log.get(type, undefined))
    if (verdict === 'over') log.clear(type, undefined, now)
    else if (verdict !== undefined) log.sight(verdict, undefined, now)
    return log.get(type, undefined)?.severity ?? '-'
  })
  return seen.join(' ')
}

describe('server_slow', () => {
  it('warns at twice the usual time, is critical at five times, and ends below 1.6', () => {
    const ratios = [1, 1.99, 2, 1.6, 5, 4, 3.99, 1.59]
    const judge = (ratio: number, open: ConnectionIssue | undefined) =>
      detectServerSlow({ ratio, sampleRuns: 200 }, open)
    expect(severities('server_slow', ratios, judge)).toBe(
      '- - warning warning critical critical warning -',
    )
  })

  it('says nothing on fewer than 200 runs, not even that it is over', () => {
    expect(detectServerSlow({ ratio: 100, sampleRuns: 199 }, undefined)).toBeUndefined()
    const issue = new IssueLog().sight(
      detectServerSlow({ ratio: 3, sampleRuns: 200 }, undefined) as never,
      undefined,
      0,
    ).issue
    expect(detectServerSlow({ ratio: 1, sampleRuns: 199 }, issue)).toBeUndefined()
    expect(detectServerSlow({ ratio: 1, sampleRuns: 200 }, issue)).toBe('over')
  })

  it('is about the server', () => {
    expect(detectServerSlow({ ratio: 3, sampleRuns: 500 }, undefined)).toEqual({
      type: 'server_slow',
      scope: 'server',
      severity: 'warning',
      evidence: { ratio: 3, sampleRuns: 500, limitRatio: 2 },
    })
  })
})

describe('disconnections', () => {
  it('warn from the third in a minute on, and end below 2.4', () => {
    const judge = (lostLastMinute: number, open: ConnectionIssue | undefined) =>
      detectDisconnections({ lostLastMinute, max: 20 }, thresholdDefaults, open)
    expect(severities('disconnections', [2, 3, 20, 2.5, 2], judge)).toBe(
      '- warning warning warning -',
    )
  })

  it('are about the pool', () => {
    const facts = { lostLastMinute: 4, max: 20 }
    expect(detectDisconnections(facts, thresholdDefaults, undefined)).toEqual({
      type: 'disconnections',
      scope: 'pool',
      severity: 'warning',
      evidence: { lostLastMinute: 4, max: 20, limitPerMinute: 3 },
    })
  })
})

const refusedWrite = { sqlState: '25006', inHotStandby: true, wanted: 'any' } as const

describe('sightings of an instant', () => {
  it('carry the numbers of that instant and no more', () => {
    const counts = { waiting: 3, leased: 10, max: 10, idle: 0 }
    expect(poolExhaustion(counts).evidence).toEqual({ waiting: 3, leased: 10, max: 10 })
    expect(serverUnreachable(4, 'connection_refused').evidence).toEqual({
      failures: 4,
      lastError: 'connection_refused',
      silentMs: undefined,
    })
    expect(transactionLeak('E', 12, 'a.ts').evidence).toEqual({
      status: 'E',
      leasedMs: 12,
      leasedBy: 'a.ts',
    })
    expect(unresponsive(700, 'statement').evidence).toEqual({ waitedMs: 700, during: 'statement' })
    expect(wrongRole(refusedWrite).evidence).toEqual(refusedWrite)
    expect(stalePlan('0A000').evidence).toEqual({ sqlState: '0A000' })
    expect(flapping(3, 60_000).evidence).toEqual({ evictions: 3, heldBackMs: 60_000 })
  })

  it('are critical where the connection is of no use, and warnings where others are to blame', () => {
    const sightings = [
      poolExhaustion({ waiting: 1, leased: 1, max: 1 }),
      serverUnreachable(1, 'other'),
      transactionLeak('T', 1, undefined),
      unresponsive(1, 'probe'),
      wrongRole(refusedWrite),
      wrongRole(refusedWrite, 'server'),
      stalePlan('26000'),
      flapping(2, 1),
    ]
    expect(sightings.map(({ scope, severity }) => `${scope} ${severity}`)).toEqual([
      'pool warning',
      'server warning',
      'connection warning',
      'connection critical',
      'connection critical',
      'server warning',
      'connection critical',
      'connection warning',
    ])
  })
})
