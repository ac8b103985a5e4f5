import { describe, expect, it } from 'vitest'
import type { IssueSighting } from '../../src/issues/connection-issue.ts'
import { IssueLog } from '../../src/issues/issue-log.ts'
import { stalePlan } from '../../src/issues/stale-plan.ts'

function leak(leasedMs: number): IssueSighting {
  return {
    type: 'transaction_leak',
    scope: 'connection',
    severity: 'warning',
    evidence: { status: 'T', leasedMs, leasedBy: undefined },
  }
}

describe('IssueLog', () => {
  it('opens one issue per connection and type', () => {
    const log = new IssueLog()
    expect(log.sight(leak(1), 1, 10)).toMatchObject({
      raised: true,
      issue: { id: 1, connectionId: 1 },
    })
    expect(log.sight(leak(1), 2, 10)).toMatchObject({
      raised: true,
      issue: { id: 2, connectionId: 2 },
    })
    expect(log.sight(leak(1), undefined, 10)).toMatchObject({ raised: true, issue: { id: 3 } })
    expect(log.open()).toHaveLength(3)
    expect(log.open(1)).toHaveLength(1)
  })

  it('brings an open issue up to date', () => {
    const log = new IssueLog()
    const first = log.sight(leak(1), 1, 10).issue
    const again = log.sight({ ...leak(2), severity: 'critical' } as IssueSighting, 1, 20)
    expect(again).toMatchObject({
      raised: false,
      issue: {
        id: first.id,
        detectedAt: 10,
        lastSeenAt: 20,
        severity: 'critical',
        evidence: { leasedMs: 2 },
      },
    })
    expect(first).toMatchObject({ lastSeenAt: 10, severity: 'warning' })
  })

  it('clears once and remembers', () => {
    const log = new IssueLog()
    log.sight(leak(1), 1, 10)
    expect(log.clear('transaction_leak', 1, 30)).toMatchObject({ clearedAt: 30 })
    expect(log.clear('transaction_leak', 1, 40)).toBeUndefined()
    expect(log.open()).toEqual([])
    expect(log.history()).toMatchObject([{ clearedAt: 30 }])
    expect(log.sight(leak(1), 1, 50).issue.id).toBe(2)
  })

  it('gives the open issue of a type, and only that', () => {
    const log = new IssueLog()
    const { issue } = log.sight(leak(1), 1, 10)
    expect(log.get('transaction_leak', 1)).toBe(issue)
    expect(log.get('stale_plan', 1)).toBeUndefined()
    expect(log.get('transaction_leak', 2)).toBeUndefined()
    expect(log.get('transaction_leak', undefined)).toBeUndefined()
    log.clear('transaction_leak', 1, 20)
    expect(log.get('transaction_leak', 1)).toBeUndefined()
  })

  it('gives a list that does not change with it', () => {
    const log = new IssueLog()
    const before = log.open(1)
    log.sight(leak(1), 1, 10)
    const after = log.open(1)
    log.clear('transaction_leak', 1, 20)
    expect(before).toEqual([])
    expect(after).toHaveLength(1)
  })

  it('clears all issues of one connection and of no other', () => {
    const log = new IssueLog()
    for (const id of [1, 2]) log.sight(leak(1), id, 10)
    log.sight(stalePlan('0A000'), 1, 10)
    expect(log.clearConnection(1, 20)).toHaveLength(2)
    expect(log.open()).toMatchObject([{ connectionId: 2 }])
  })

  it('gives out values that nobody can change', () => {
    const evidence = { status: 'T', leasedMs: 1, leasedBy: undefined } as const
    const { issue } = new IssueLog().sight({ ...leak(1), evidence } as IssueSighting, 1, 10)
    expect(Object.isFrozen(issue) && Object.isFrozen(issue.evidence)).toBe(true)
    expect(issue.evidence).not.toBe(evidence)
  })

  it('remembers the latest 256', () => {
    const log = new IssueLog()
    for (let id = 1; id <= 300; id++) {
      log.sight(leak(1), id, 10)
      log.clear('transaction_leak', id, 20)
    }
    expect(log.history()).toHaveLength(256)
    expect(log.history()[0]).toMatchObject({ connectionId: 45 })
  })
})
