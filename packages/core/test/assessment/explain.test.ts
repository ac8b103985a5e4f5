import { describe, expect, it } from 'vitest'
import { explain } from '../../src/assessment/explain.ts'
import type { IssueSighting, IssueType, SightingOf } from '../../src/issues/connection-issue.ts'
import type { IssueEvidence } from '../../src/issues/issue-evidence.ts'
import { createSubject } from './assessments.ts'

type Row<Type extends IssueType = IssueType> = Type extends IssueType
  ? readonly [type: Type, evidence: IssueEvidence[Type], text: string]
  : never

const lost = { suspectMs: 9.25, referenceMs: 0.4, pairs: 8, lost: 7 }

const rows: readonly Row[] = [
  [
    'high_latency',
    { basis: 'duel', probe: 'network', ...lost, reference: 'peer', score: 1.4, suspicion: 1.1 },
    'it lost 7 of 8 network probes against a sound connection, 9.3 ms beside 0.4 ms',
  ],
  [
    'high_latency',
    { basis: 'stalls', stalls: 4, runs: 1_200, suspicion: 1.1 },
    'it stalled 4 times in 1200 statements, the others did not',
  ],
  [
    'high_latency',
    { basis: 'ageing', ...lost, uses: 40_000, ageMs: 7_200_000, youngScore: -0.3 },
    'it has aged in 2 h and 40000 uses: 9.3 ms beside the 0.4 ms of a fresh one',
  ],
  [
    'high_latency',
    { basis: 'limit', p95Ms: 1_234, limitMs: 1_000 },
    '5 % of its statements take 1.2 s or more (limit 1 s)',
  ],
  [
    'error_rate',
    {
      basis: 'channel',
      faults: 6.2,
      attempts: 140.4,
      ratio: 0.04,
      lowerRatio: 0.021,
      othersRatio: 0.0004,
      limitRatio: undefined,
    },
    'about 6 faults in 140 recent statements, at least 2.1 % for certain, the others have 0.04 %',
  ],
  [
    'timeouts',
    { timeouts: 12, attempts: 100, ratio: 0.11, lowerRatio: 0.06, limitRatio: 0.05 },
    'about 12 timeouts in 100 recent statements, at least 6 % for certain',
  ],
  [
    'deadlocks',
    { deadlocks: 5, perMinute: 1.73, limitPerMinute: 1 },
    '1.7 deadlocks per minute (limit 1)',
  ],
  [
    'disconnections',
    { lostLastMinute: 1, max: 20, limitPerMinute: 1 },
    'the pool lost 1 connection in the last minute, of at most 20',
  ],
  [
    'idle_in_transaction',
    { idleMs: 45_000, transactionMs: 46_000, limitMs: 10_000, xminAge: undefined },
    'its transaction has had nothing to do for 45 s (limit 10 s)',
  ],
  [
    'idle_in_transaction',
    { idleMs: 45_000, transactionMs: 46_000, limitMs: 10_000, xminAge: 1_200 },
    'its transaction has had nothing to do for 45 s (limit 10 s), and vacuum has to spare what 1200 later transactions left',
  ],
  [
    'blocking',
    { blocksCount: 1, blockingMs: 6_000, limitMs: 5_000, leasedBy: undefined, waiters: [] },
    '1 backend waits for what it holds, the longest for 6 s',
  ],
  [
    'blocking',
    { blocksCount: undefined, blockingMs: 6_000, limitMs: 5_000, leasedBy: undefined, waiters: [] },
    'others wait for what it holds, the longest for 6 s',
  ],
  [
    'blocking',
    {
      blocksCount: 5,
      blockingMs: 6_000,
      limitMs: 5_000,
      leasedBy: 'pay (pay.ts:1:2)',
      waiters: [
        {
          pid: 1,
          application: 'web',
          state: 'active',
          waitingMs: 6_000,
          statement: 'delete from t',
        },
        { pid: 2, connectionId: 3, pool: 'main', leasedBy: 'tidy (tidy.ts:3:4)', statement: '' },
        { pid: 3, connectionId: 9, application: '' },
        { pid: 4 },
        { pid: 5 },
      ],
    },
    '5 backends wait for what it holds, the longest for 6 s, leased by pay (pay.ts:1:2); ' +
      'waiting: pid 1 of web, active, for 6 s, with delete from t; ' +
      'waiting: pid 2 (connection 3 of pool main), leased by tidy (tidy.ts:3:4); ' +
      'waiting: pid 3 (connection 9); and 2 more',
  ],
  [
    'blocked',
    {
      blockedMs: 61_000,
      blockedByPids: [7, 8],
      waitEvent: 'Lock:tuple',
      limitMs: 60_000,
      leasedBy: 'tidy (tidy.ts:3:4)',
      blockers: [
        {
          pid: 7,
          application: 'web',
          state: 'idle in transaction',
          statement: 'update t set a = ?',
          leasedBy: 'pay (pay.ts:1:2)',
        },
      ],
    },
    'it has waited 61 s for what pid 7, 8 holds, leased by tidy (tidy.ts:3:4); ' +
      'holding it: pid 7 of web, idle in transaction, with update t set a = ?, leased by pay (pay.ts:1:2)',
  ],
  [
    'resource_usage',
    { backendMemoryBytes: 300 * 2 ** 20, limitBytes: 256 * 2 ** 20 },
    'its backend uses 300 MiB (limit 256 MiB)',
  ],
  [
    'locks_held',
    { basis: 'count', locksHeld: 1_500, limit: 1_000 },
    'it holds 1500 locks (limit 1000)',
  ],
  [
    'locks_held',
    { basis: 'age', locksHeld: 3, oldestLockMs: 400_000, limitMs: 300_000 },
    'it has held a lock for 6.7 min (limit 5 min)',
  ],
  ['stale_plan', { sqlState: '0A000' }, 'its prepared statements do not fit the tables (0A000)'],
  [
    'stale_statistics',
    { tables: 2, worstTable: 't', modifiedRows: 900, liveRows: 1_000, analyzedAgoMs: undefined },
    "the planner's statistics are out of date for 2 tables, most for t: 900 rows of 1000 changed since",
  ],
  [
    'connection_leak',
    {
      leasedMs: 3_600_000,
      transactionMs: undefined,
      limitMs: 60_000,
      leasedBy: 'load (app.ts:7:9)',
    },
    'it was lent 60 min ago and never came back (limit 60 s); leased by load (app.ts:7:9)',
  ],
  [
    'pool_exhaustion',
    { waiting: 3, leased: 20, max: 20 },
    'callers waited in vain while 20 of 20 connections were lent; 3 more wait',
  ],
  [
    'pool_exhaustion',
    { waiting: 0, leased: 2, max: 2 },
    'callers waited in vain while 2 of 2 connections were lent',
  ],
  [
    'transaction_leak',
    { status: 'E', leasedMs: 12, leasedBy: undefined },
    'released inside of a failed transaction after 12 ms',
  ],
  ['unresponsive', { waitedMs: 1_000, during: 'probe' }, 'no answer within 1 s (probe)'],
  [
    'wrong_role',
    { sqlState: '25006', inHotStandby: true, wanted: 'any' },
    'its server refuses writes (25006)',
  ],
  [
    'wrong_role',
    { sqlState: undefined, inHotStandby: true, wanted: 'primary' },
    'its server is a standby, where primary is wanted',
  ],
  [
    'wrong_role',
    { sqlState: undefined, inHotStandby: false, wanted: 'standby' },
    'its server is a primary, where standby is wanted',
  ],
  [
    'wrong_role',
    { sqlState: undefined, inHotStandby: false, wanted: 'read-write' },
    'its server is read-only, where read-write is wanted',
  ],
  [
    'server_slow',
    { ratio: 5.5, sampleRuns: 900, limitRatio: 5 },
    'all connections are 5.5 times slower than usual, over 900 statements',
  ],
  [
    'server_unreachable',
    { failures: 4, lastError: 'connection_refused', silentMs: undefined },
    'the server took no connection 4 times in a row (connection_refused)',
  ],
  [
    'server_unreachable',
    { failures: 0, lastError: undefined, silentMs: 3_000 },
    'the server has said nothing for 3 s',
  ],
  [
    'server_unreachable',
    { failures: 1, lastError: 'connection_timeout', silentMs: 12_000 },
    'the server has said nothing for 12 s and took no connection 1 time in a row (connection_timeout)',
  ],
  [
    'flapping',
    { evictions: 3, heldBackMs: 240_000 },
    '3 replacements in a row did not help, so it is left alone for 4 min',
  ],
]

describe('explain', () => {
  it.each(rows)('says of %s what it means: %j', (type, evidence, text) => {
    const subject = createSubject()
    const sighting = { type, scope: 'connection', severity: 'critical', evidence }
    subject.sight(sighting as SightingOf<IssueType> as IssueSighting)
    expect(explain(subject.assess())).toBe(`Connection 1 is unhealthy: ${text}.`)
  })

  it('has a text of its own for every type', () => {
    const types = new Set(rows.map(([type]) => type))
    expect(types.size).toBe(20)
    expect(new Set(rows.map(([, , text]) => text)).size).toBe(rows.length)
  })

  it('says what is too little', () => {
    const subject = createSubject()
    subject.serve(1)
    expect(explain(subject.assess())).toBe(
      'Connection 1 has too little evidence: 1 statement and 0 probes so far.',
    )
  })

  it('says when there is nobody to compare it with, whatever its status', () => {
    const subject = createSubject()
    subject.peers = 0
    const alone = ' There is no other connection to compare it with.'
    expect(explain(subject.assess())).toContain(`so far.${alone}`)
    subject.serve(100)
    expect(explain(subject.assess())).toContain(alone)
    subject.sightOf('critical')
    expect(explain(subject.assess())).toBe(
      `Connection 1 is unhealthy: no answer within 1 s (probe).${alone}`,
    )
  })

  it('says of a healthy connection what was measured', () => {
    const subject = createSubject()
    subject.serve(8, 20_000)
    for (let index = 0; index < 3; index++) subject.metrics.recordProbe('network', 0.42)
    subject.duels = { duels: 40, meanScore: -0.12 }
    expect(explain(subject.assess())).toMatch(
      /^Connection 1 is healthy: 8 statements, half of them within \d+ s, 95 % within \d+ s, probes from 0.42 ms, a mean score of −0.12 in 40 duels, 3 peers\.$/,
    )
  })

  it('says of what it is suspected', () => {
    const subject = createSubject()
    const degraded = (duels: typeof subject.duels): string => {
      subject.duels = duels
      return explain(subject.assess()).replace('Connection 1 is degraded: ', '')
    }
    expect(degraded({ shiftSuspicion: 1.2, meanScore: 0.9 })).toBe(
      'it is slower than the others (mean score +0.9), 120 % of what makes a suspect.',
    )
    expect(degraded({ tailSuspicion: 1.5, isBeingConfirmed: true })).toBe(
      'it stalls more often than the others, 150 % of what makes a suspect, and is being compared with a sound one.',
    )
    expect(degraded({ errorSuspicion: 1 })).toBe(
      'it fails more often than the others, 100 % of what makes a suspect.',
    )
    expect(degraded({ isBeingConfirmed: true })).toBe('it is being compared with a sound one.')
  })

  it('says how many faults of its own it had', () => {
    const subject = createSubject()
    subject.serve(100)
    subject.fail('08006', 2)
    expect(explain(subject.assess())).toBe(
      'Connection 1 is degraded: about 2 faults of its own in the last minutes, 2 % of its statements.',
    )
  })

  it('gives all reasons, the worst first', () => {
    const subject = createSubject()
    subject.sightOf('critical')
    subject.fail('08006', 3)
    expect(explain(subject.assess())).toBe(
      'Connection 1 is unhealthy: no answer within 1 s (probe); about 3 faults of its own in the last minutes.',
    )
  })
})
