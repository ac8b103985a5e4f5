import { describe, expect, it } from 'vitest'
import { classifyFault, faultOfSqlState } from '../../src/index.ts'
import { connectionFault, PoolWorld } from './pool-world.ts'

/** Traffic in which every `every`th statement of these connections stalls. */
function stall(
  pool: PoolWorld,
  rounds: number,
  every: number,
  isStalling: (id: number) => boolean,
): void {
  const served = new Map<number, number>()
  pool.traffic(rounds, (id) => {
    const count = (served.get(id) ?? id * 37) + 1
    served.set(id, count)
    if (isStalling(id) && count % every === 0) pool.serve(id, 2_000)
    else pool.serve(id)
  })
}

/** Traffic in which every `every`th statement of these connections fails. */
function failing(
  pool: PoolWorld,
  rounds: number,
  every: number,
  isFailing: (id: number) => boolean,
  fault = connectionFault,
): void {
  const served = new Map<number, number>()
  pool.traffic(rounds, (id) => {
    const count = (served.get(id) ?? id * 7) + 1
    served.set(id, count)
    if (isFailing(id) && count % every === 0) pool.fail(id, fault)
    else pool.serve(id)
  })
}

function raised(pool: PoolWorld): string[] {
  const found: string[] = []
  pool.monitor.on('issue:raised', ({ issue }) => {
    const basis = 'basis' in issue.evidence ? issue.evidence.basis : ''
    found.push(`${issue.connectionId} ${issue.type} ${basis}`)
  })
  return found
}

const observing = { connections: 8, health: { mode: 'observe' } } as const

describe('stalls', () => {
  it('of one connection lead to its replacement', () => {
    const pool = new PoolWorld({ connections: 8 })
    const issues = raised(pool)
    stall(pool, 3_000, 200, (id) => id === 3)
    expect(issues).toEqual(['3 high_latency stalls'])
    expect(pool.of('replace')).toMatchObject([{ id: 3, cause: 'stalls' }])
  })

  it('of one connection are told with what they rest on', () => {
    const pool = new PoolWorld(observing)
    stall(pool, 3_000, 200, (id) => id === 3)
    const issue = pool.monitor.issueOf('high_latency', 3)
    expect(issue).toMatchObject({ severity: 'critical', evidence: { basis: 'stalls' } })
    if (issue?.type !== 'high_latency' || issue.evidence.basis !== 'stalls') return
    const { stalls, runs, suspicion } = issue.evidence
    expect(stalls).toBeGreaterThanOrEqual(3)
    expect(runs).toBeGreaterThan(500)
    expect(suspicion).toBeGreaterThanOrEqual(1)
    expect(pool.of('replace')).toEqual([])
  })

  it('of all connections blame nobody', () => {
    const pool = new PoolWorld({ connections: 8 })
    const issues = raised(pool)
    stall(pool, 3_000, 200, () => true)
    expect(issues).toEqual([])
    expect(pool.of('replace')).toEqual([])
  })

  it('that half of the others have as well blame nobody', () => {
    const pool = new PoolWorld(observing)
    for (const id of [1, 2, 3, 4, 5]) pool.at(id).metrics.duels.tail = 100
    pool.sweep()
    expect(pool.monitor.openIssues()).toEqual([])
    for (const id of [2, 3, 4, 5]) pool.at(id).metrics.duels.tail = 10
    pool.sweeps(1)
    expect(pool.monitor.openIssues()).toMatchObject([{ type: 'high_latency', connectionId: 1 }])
  })

  it('of two connections within 250 ms cancel each other', () => {
    const pool = new PoolWorld(observing)
    const issues = raised(pool)
    for (let burst = 0; burst < 20; burst++) {
      pool.traffic(150)
      pool.serve(3, 2_000)
      pool.advance(100)
      pool.serve(5, 2_000)
    }
    pool.sweeps(2)
    expect(pool.at(3).metrics.duels).toMatchObject({ stalls: 0, tail: 0 })
    expect(pool.at(5).metrics.duels).toMatchObject({ stalls: 0, tail: 0 })
    expect(issues).toEqual([])
  })

  it('of two connections further apart do not', () => {
    const pool = new PoolWorld(observing)
    pool.traffic(150)
    pool.serve(3, 2_000)
    pool.sweeps(2)
    pool.serve(5, 2_000)
    pool.sweeps(2)
    expect([3, 5].map((id) => pool.at(id).metrics.duels.stalls)).toEqual([1, 1])
  })

  it('that end when our own process stood still do not count', () => {
    const pool = new PoolWorld(observing)
    for (let stood = 0; stood < 20; stood++) {
      pool.traffic(150)
      pool.serve(3, 2_000)
      pool.advance(1_000)
      pool.sweep() // late
      pool.advance(10)
      pool.serve(4, 2_000)
      pool.sweeps(2)
    }
    expect([3, 4].map((id) => pool.at(id).metrics.duels.stalls)).toEqual([0, 0])
    expect(pool.monitor.openIssues()).toEqual([])
  })

  it('have an issue that ends when they end', () => {
    const pool = new PoolWorld(observing)
    stall(pool, 1_600, 200, (id) => id === 3)
    expect(pool.monitor.openIssues(3)).toHaveLength(1)
    pool.traffic(8_000)
    expect(pool.monitor.openIssues(3)).toEqual([])
  })
})

describe('faults against a connection', () => {
  it('on one of many lead to its replacement', () => {
    const pool = new PoolWorld({ connections: 8 })
    failing(pool, 600, 20, (id) => id === 3)
    expect(pool.of('replace')).toMatchObject([{ id: 3, cause: 'faults' }])
  })

  it('are told with what the others have', () => {
    const pool = new PoolWorld(observing)
    failing(pool, 600, 20, (id) => id === 3)
    const issue = pool.monitor.issueOf('error_rate', 3)
    expect(issue).toMatchObject({ severity: 'critical', evidence: { basis: 'channel' } })
    if (issue?.type !== 'error_rate') return
    const { ratio, lowerRatio, othersRatio } = issue.evidence
    expect(ratio).toBeCloseTo(0.05, 1)
    expect(lowerRatio).toBeLessThan(ratio)
    expect(othersRatio).toBe(0)
    expect(pool.of('replace')).toEqual([])
  })

  it('on all alike lead to none', () => {
    const pool = new PoolWorld({ connections: 8 })
    failing(pool, 600, 20, () => true)
    expect(pool.of('replace')).toEqual([])
    const bases = pool.monitor
      .openIssues()
      .map((issue) => 'basis' in issue.evidence && issue.evidence.basis)
    expect(bases).not.toContain('channel')
  })

  it('lead to none as long as the others may have as many of them', () => {
    const pool = new PoolWorld({ connections: 8 })
    failing(pool, 100, 10, () => true)
    for (const id of pool.ids) pool.at(id).metrics.duels.errors = id === 3 ? 1_000 : 0
    pool.sweeps(2)
    expect(pool.of('replace')).toEqual([])
    expect(pool.monitor.issueOf('error_rate', 3)?.severity).not.toBe('critical')
  })

  it('lead to none while they are few', () => {
    const pool = new PoolWorld({ connections: 8 })
    pool.traffic(200)
    pool.fail(3, connectionFault)
    pool.fail(3, connectionFault)
    pool.traffic(200)
    expect(pool.of('replace')).toEqual([])
  })

  it.each(['23505', '40001', '57014'])('are not those of statements (%s)', (sqlState) => {
    const pool = new PoolWorld({ connections: 8 })
    failing(pool, 600, 3, (id) => id === 3, faultOfSqlState(sqlState, 'ERROR'))
    expect(pool.monitor.detector.errors.suspicion(pool.at(3).metrics.duels)).toBe(0)
    expect(pool.of('replace')).toEqual([])
    expect(pool.monitor.issueOf('error_rate', 3)).toBeUndefined()
  })

  it('are not what nobody knows anything about', () => {
    const pool = new PoolWorld({ connections: 8 })
    failing(pool, 600, 3, (id) => id === 3, classifyFault(new Error('what')))
    expect(pool.of('replace')).toEqual([])
    expect(pool.monitor.issueOf('error_rate', 3)).toBeUndefined()
  })

  it('have an issue that ends when they end', () => {
    const pool = new PoolWorld(observing)
    failing(pool, 600, 20, (id) => id === 3)
    expect(pool.monitor.issueOf('error_rate', 3)).toBeDefined()
    pool.traffic(20_000)
    expect(pool.monitor.issueOf('error_rate', 3)).toBeUndefined()
  })
})
