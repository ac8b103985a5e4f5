import type { PoolView } from '@hale/dashboard'
import { describe, expect, it } from 'vitest'
import { verdictOf } from '../../src/watch/pool-verdict.ts'
import { someCell, someIssue, somePool } from './some-state.ts'

const counts = { ...somePool().counts, max: 8, waiting: 1 }
const bad = someCell({ status: 'unhealthy' })

describe('verdictOf', () => {
  it.each<readonly [string, Partial<PoolView>, string, string]>([
    [
      'a closed pool',
      { readiness: { ready: false, reason: 'closed' } },
      'unknown',
      'the pool is closed',
    ],
    [
      'no server',
      { readiness: { ready: false, reason: 'server-unreachable' }, connections: [bad] },
      'unhealthy',
      'the server cannot be reached',
    ],
    [
      'a full pool',
      { readiness: { ready: false, reason: 'exhausted' }, counts },
      'unhealthy',
      'all 8 connections are in use, and 1 caller waits',
    ],
    ['a bad connection', { connections: [bad, someCell()] }, 'unhealthy', '1 of 2 unhealthy'],
    [
      'a bad connection that is left alone',
      { connections: [bad, someCell()], mode: 'observe' },
      'unhealthy',
      '1 of 2 unhealthy; Hale only observes',
    ],
    [
      'a critical issue',
      { issues: [someIssue({ severity: 'critical', type: 'server_slow' })] },
      'unhealthy',
      'server slow',
    ],
    [
      'an issue that is over',
      { issues: [someIssue({ severity: 'critical', clearedAt: 1 })] },
      'healthy',
      'all 2 healthy',
    ],
    [
      'a degraded connection',
      { connections: [someCell({ status: 'degraded' }), someCell()] },
      'degraded',
      '1 of 2 degraded',
    ],
    ['a warning', { issues: [someIssue()] }, 'degraded', 'high latency'],
    [
      'one that is closing',
      { connections: [someCell({ status: 'unhealthy', state: 'closing' }), someCell()] },
      'healthy',
      'all 1 healthy',
    ],
    ['no connection', { connections: [] }, 'unknown', 'no connection is open'],
    [
      'nothing known',
      { connections: [someCell({ status: 'unknown' })] },
      'unknown',
      '1 open, with too little evidence to judge yet',
    ],
    [
      'one not known',
      { connections: [someCell({ status: 'unknown' }), someCell()] },
      'healthy',
      '1 of 2 healthy, 1 not judged yet',
    ],
  ])('of %s', (_what, pool, status, sentence) => {
    expect(verdictOf(somePool(pool))).toEqual({ status, sentence })
  })
})
