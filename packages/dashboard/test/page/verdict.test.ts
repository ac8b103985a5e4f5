import { describe, expect, it } from 'vitest'
import { verdictOf } from '../../page/words/verdict.ts'
import type { PoolView } from '../../src/state/dashboard-state.ts'
import { cellOf, slowCell } from './cells.ts'
import { everyIssue } from './every-issue.ts'
import { calmPool, troubledPool } from './states.ts'

/** The status and the sentence, with ordinary spaces. */
function told(pool: PoolView): string {
  const { status, sentence } = verdictOf(pool)
  return `${status}: ${sentence}`.replaceAll('\u00a0', ' ')
}

describe('the verdict on a pool', () => {
  it.each([
    ['all is well', calmPool(12), 'healthy: All 12 connections are healthy'],
    ['there is one connection', calmPool(1), 'healthy: The only connection is healthy'],
    ['nothing is open', calmPool(0), 'unknown: No connection is open'],
    ['one is slow', troubledPool(), 'unhealthy: 1 of 13 connections is slow and is being replaced'],
    [
      'one is slow and Hale may only look',
      { ...troubledPool(), mode: 'observe' as const },
      'unhealthy: 1 of 13 connections is slow, but Hale only observes',
    ],
    [
      'several are unhealthy for reasons of their own',
      calmPool(3, { connections: [slowCell(1), slowCell(2), cellOf(3)] }),
      'unhealthy: 2 of 3 connections are unhealthy and are being replaced',
    ],
    [
      'one is on its way out',
      calmPool(2, { connections: [cellOf(1), { ...slowCell(2), state: 'closing' }] }),
      'healthy: The only connection is healthy',
    ],
    [
      'some are new',
      calmPool(2, { connections: [cellOf(1), cellOf(2, { status: 'unknown' })] }),
      'healthy: 1 of 2 connections is healthy',
    ],
    [
      'all are new',
      calmPool(1, { connections: [cellOf(2, { status: 'unknown' })] }),
      'unknown: 1 connection is open and not judged yet',
    ],
    [
      'one is under suspicion',
      calmPool(2, { connections: [cellOf(1), suspect(2)] }),
      'degraded: 1 of 2 connections is being looked into',
    ],
    [
      'one waits for a lock',
      calmPool(2, {
        connections: [cellOf(1), cellOf(2, { status: 'degraded' })],
        issues: everyIssue().map((issue) => ({
          ...issue,
          type: 'blocked' as const,
          severity: 'warning' as const,
          connectionId: 2,
        })),
      }),
      'degraded: 1 of 2 connections waits for a lock',
    ],
    [
      'the server is gone',
      calmPool(1, { readiness: { ready: false, reason: 'server-unreachable' } }),
      'unhealthy: The server cannot be reached',
    ],
    ['callers wait', exhausted(), 'unhealthy: All 20 connections are in use and 1 caller waits'],
    [
      'an issue of the server is critical',
      calmPool(2, { issues: everyIssue().filter(({ type }) => type === 'server_unreachable') }),
      'unhealthy: The server cannot be reached',
    ],
    [
      'what was wrong is over',
      calmPool(2, {
        issues: everyIssue().map((issue) => ({ ...issue, clearedAt: issue.lastSeenAt })),
      }),
      'healthy: Both connections are healthy',
    ],
  ])('says so when %s', (_, pool, sentence) => {
    expect(told(pool)).toBe(sentence)
  })
})

function suspect(connectionId: number): PoolView['connections'][number] {
  const cell = cellOf(connectionId)
  const evidence = { ...cell.evidence, reasons: ['suspicion' as const] }
  return { ...cell, status: 'degraded', evidence }
}

function exhausted(): PoolView {
  const pool = calmPool(20)
  const counts = { ...pool.counts, waiting: 1 }
  return { ...pool, counts, readiness: { ready: false, reason: 'exhausted' } }
}
