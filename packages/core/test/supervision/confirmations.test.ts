import { describe, expect, it } from 'vitest'
import { PoolWorld } from './pool-world.ts'

/** A pool in which connection 1 has become a suspect. */
function withSuspect(options: ConstructorParameters<typeof PoolWorld>[0] = {}): PoolWorld {
  const pool = new PoolWorld(options)
  pool.untilSuspect(1)
  return pool
}

function basisOf(pool: PoolWorld, id: number): string | undefined {
  const issue = pool.monitor.issueOf('high_latency', id)
  return issue?.type === 'high_latency' ? issue.evidence.basis : undefined
}

/** Makes every connection too doubtful to be a reference. */
function leaseOthers(pool: PoolWorld): void {
  for (const id of pool.ids) if (id !== 1) pool.lease(id)
}

describe('a suspect beside a peer', () => {
  it('is asked the same as an idle peer at the same time', () => {
    const pool = withSuspect()
    pool.sweep()
    const [first] = pool.of('pair')
    expect(first?.pair).toMatchObject({ suspectId: 1, suspectFirst: true })
    expect(pool.at(1).supervisedState).toBe('away')
    expect(pool.at(first?.pair?.referenceId ?? 0).supervisedState).toBe('away')
    expect(pool.of('open-candidate')).toEqual([])
  })

  it('is asked both kinds of question, in either order', () => {
    const pool = withSuspect()
    pool.sweep()
    pool.advance(1_000)
    const pairs = pool.of('pair').map(({ pair }) => pair)
    expect(new Set(pairs.map((pair) => pair?.kind))).toEqual(new Set(['network', 'backend']))
    expect(new Set(pairs.map((pair) => pair?.suspectFirst))).toEqual(new Set([true, false]))
  })

  it('takes the peer with the best scores', () => {
    const pool = new PoolWorld()
    pool.slow(0.3, 4)
    pool.untilSuspect(1)
    pool.sweep()
    expect(pool.of('pair')[0]?.pair?.referenceId).toBe(4)
  })

  it('is confirmed when it keeps losing, which raises an issue with the evidence', () => {
    const pool = withSuspect()
    pool.untilDecided()
    const issue = pool.monitor.issueOf('high_latency', 1)
    expect(issue).toMatchObject({
      severity: 'critical',
      evidence: { basis: 'duel', reference: 'peer' },
    })
    if (issue?.type !== 'high_latency' || issue.evidence.basis !== 'duel') return
    const { suspectMs, referenceMs, pairs, lost, suspicion } = issue.evidence
    expect(suspectMs / referenceMs).toBeCloseTo(4, 0)
    expect(lost).toBe(pairs)
    expect(suspicion).toBeGreaterThanOrEqual(1)
  })

  it('is looked at twice, some time apart, as what is wrong may pass', () => {
    const pool = withSuspect()
    pool.sweep()
    pool.advance(900)
    pool.script({}, 1) // as good as its peer again
    pool.untilDecided()
    pool.sweeps(2)
    expect(basisOf(pool, 1)).toBeUndefined()
    expect(pool.of('replace')).toEqual([])
  })

  it('is replaced for its latency once it is confirmed', () => {
    const pool = withSuspect()
    pool.sweep()
    expect(pool.of('replace')).toEqual([])
    pool.untilDecided()
    pool.sweeps(1)
    expect(pool.of('replace')).toMatchObject([{ id: 1, cause: 'latency' }])
    expect(pool.has(1)).toBe(false)
    expect(pool.monitor.openIssues()).toEqual([])
  })

  it('loses the pairs that it does not answer', () => {
    const pool = withSuspect({ health: { probeTimeoutMs: 50 } })
    pool.script({ network: undefined }, 1)
    pool.untilDecided()
    expect(basisOf(pool, 1)).toBe('duel')
  })

  it('is dismissed when it answers like its peer: the suspicion is gone, and it takes more', () => {
    const pool = withSuspect()
    const { duels } = pool.at(1).metrics
    pool.script({}, 1)
    pool.sweep()
    pool.sweeps(12)
    expect(basisOf(pool, 1)).toBeUndefined()
    expect(pool.of('replace')).toEqual([])
    expect(pool.suspicionOf(1)).toBe(0)
    expect(duels.caution).toBeGreaterThan(1)
    expect(duels.isBeingConfirmed).toBe(false)
  })

  it('takes no more than at first to be a suspect again, a day after it was dismissed', () => {
    const pool = withSuspect()
    pool.script({}, 1)
    pool.sweep()
    pool.sweeps(8)
    const asked = pool.of('pair').length
    const { duels } = pool.at(1).metrics
    duels.shift = pool.monitor.detector.shift.limit * 1.1
    pool.sweeps(4)
    expect(pool.of('pair')).toHaveLength(asked)
    pool.advance(86_400_000)
    duels.shift = pool.monitor.detector.shift.limit * 1.1
    pool.sweep()
    duels.shift = pool.monitor.detector.shift.limit * 1.1 // the sweep has fitted the limit anew
    pool.sweeps(1)
    expect(pool.of('pair').length).toBeGreaterThan(asked)
  })

  it('is not judged by pairs that its reference did not answer', () => {
    const pool = withSuspect()
    pool.script({ network: undefined, backend: undefined }, 2, 3, 4, 5, 6)
    pool.sweep()
    pool.advance(4_900)
    expect(pool.of('pair').length).toBeGreaterThan(1)
    expect(basisOf(pool, 1)).toBeUndefined()
    expect(pool.suspicionOf(1)).toBeGreaterThanOrEqual(1)
  })

  it('is degraded while it is being confirmed, and its reference is not', () => {
    const pool = withSuspect()
    pool.sweep()
    const referenceId = pool.of('pair')[0]?.pair?.referenceId ?? 0
    expect(pool.monitor.assess(1)).toMatchObject({
      status: 'degraded',
      evidence: { isBeingConfirmed: true },
    })
    expect(pool.monitor.assess(referenceId).status).toBe('healthy')
    pool.untilDecided()
    expect(pool.monitor.assess(1).evidence.isBeingConfirmed).toBe(false)
  })

  it('lets the probes of a confirmation take no part in the duels, on either side', () => {
    const pool = withSuspect()
    const { duels } = pool.at(1).metrics.duels
    pool.sweep()
    const referenceId = pool.of('pair')[0]?.pair?.referenceId ?? 0
    const referenceDuels = pool.at(referenceId).metrics.duels.duels
    pool.advance(1_000)
    expect(pool.of('pair').length).toBeGreaterThan(8)
    expect(pool.at(1).metrics.duels.duels).toBe(duels)
    expect(pool.at(referenceId).metrics.duels.duels).toBe(referenceDuels)
  })

  it('waits while callers wait', () => {
    const pool = withSuspect()
    pool.waitingCount = 1
    pool.sweeps(4)
    expect(pool.of('pair')).toEqual([])
    pool.waitingCount = 0
    pool.sweeps(1)
    expect(pool.of('pair')).toHaveLength(1)
  })
})

describe('a suspect without a peer', () => {
  it('is asked beside a candidate, which then replaces it', () => {
    const pool = withSuspect()
    leaseOthers(pool)
    pool.sweep()
    expect(pool.idsOf('open-candidate')).toEqual([1])
    pool.untilDecided()
    pool.sweeps(1)
    const candidateId = pool.of('pair')[0]?.pair?.referenceId ?? 0
    expect(candidateId).toBeGreaterThan(6)
    expect(pool.of('replace')).toMatchObject([{ id: 1, cause: 'latency' }])
    expect(pool.at(candidateId).supervisedState).toBe('idle')
    expect(pool.of('drop-candidate')).toEqual([])
    expect(pool.ids).toHaveLength(6)
  })

  it('says that it was compared with its replacement', () => {
    const pool = withSuspect()
    leaseOthers(pool)
    pool.untilDecided()
    expect(pool.monitor.issueOf('high_latency', 1)).toMatchObject({
      evidence: { basis: 'duel', reference: 'replacement' },
    })
  })

  it('takes no peer that is doubtful itself, young, leaving or under an issue', () => {
    const pool = withSuspect({ connections: 5 })
    const doubt = pool.at(2).metrics.duels
    doubt.shift = pool.monitor.detector.shift.limit * 0.9
    pool.at(3).metrics.duels.runs = 1
    pool.at(4).isLeaving = true
    pool.lease(5)
    pool.sweep()
    expect(pool.of('pair')).toEqual([])
    expect(pool.idsOf('open-candidate')).toEqual([1])
  })

  it('gives the candidate up when the suspect is dismissed', () => {
    const pool = withSuspect()
    pool.script({}, 1)
    leaseOthers(pool)
    pool.sweep()
    pool.sweeps(12)
    expect(pool.of('drop-candidate')).toHaveLength(1)
    expect(pool.of('replace')).toEqual([])
    expect(pool.ids).toHaveLength(6)
  })

  it('gives the candidate up after 5 s without a verdict, and tries again later', () => {
    const pool = withSuspect()
    leaseOthers(pool)
    pool.lease(1)
    pool.sweep()
    pool.sweeps(19)
    expect(pool.of('drop-candidate')).toEqual([])
    pool.sweeps(2)
    expect(pool.of('drop-candidate')).toHaveLength(1)
    expect(pool.at(1).metrics.duels.isBeingConfirmed).toBe(false)
    expect(pool.at(1).metrics.duels.caution).toBe(1)
    pool.sweeps(6)
    expect(pool.of('open-candidate')).toHaveLength(2)
  })

  it('gives the candidate up when its suspect goes meanwhile', () => {
    const pool = withSuspect()
    leaseOthers(pool)
    pool.lease(1)
    pool.sweep()
    pool.advance(100)
    pool.evict(1, 'lost')
    pool.sweeps(1)
    expect(pool.of('drop-candidate')).toHaveLength(1)
  })

  it('gives up a candidate that opens after its suspect has gone', () => {
    const pool = withSuspect()
    pool.openMs = 400
    leaseOthers(pool)
    pool.sweep()
    pool.evict(1, 'lost')
    pool.sweeps(3)
    expect(pool.of('drop-candidate')).toHaveLength(1)
    expect(pool.of('pair')).toEqual([])
  })

  it('keeps a candidate for a confirmed suspect only so long', () => {
    const pool = withSuspect()
    pool.canReplace = false
    leaseOthers(pool)
    pool.untilDecided()
    expect(basisOf(pool, 1)).toBe('duel')
    expect(pool.of('drop-candidate')).toEqual([])
    pool.sweeps(24)
    expect(pool.of('drop-candidate')).toHaveLength(1)
  })

  it('gives up the candidate of a confirmed suspect that dies before its replacement', () => {
    const pool = withSuspect()
    pool.canReplace = false
    leaseOthers(pool)
    pool.untilDecided()
    expect(basisOf(pool, 1)).toBe('duel')
    pool.evict(1, 'lost')
    pool.sweeps(2)
    expect(pool.of('drop-candidate')).toHaveLength(1)
  })

  it('goes on without a verdict when the candidate cannot be opened', () => {
    const pool = withSuspect()
    pool.candidates = 'fail'
    leaseOthers(pool)
    pool.sweep()
    pool.sweeps(18)
    expect(pool.of('open-candidate')).toHaveLength(1)
    expect(basisOf(pool, 1)).toBeUndefined()
    pool.release(2)
    pool.sweeps(1)
    expect(pool.of('pair')[0]?.pair?.referenceId).toBe(2)
  })

  it('asks again for a candidate that could not be opened at that moment', () => {
    const pool = withSuspect()
    pool.candidates = 'refuse'
    leaseOthers(pool)
    pool.sweep()
    pool.sweeps(2)
    expect(pool.of('open-candidate').length).toBeGreaterThan(1)
    pool.candidates = 'open'
    pool.untilDecided()
    pool.sweeps(1)
    expect(pool.idsOf('replace')).toEqual([1])
  })
})

describe('a suspect that is always lent', () => {
  it('is caught when it comes back, although callers wait', () => {
    const pool = withSuspect()
    pool.lease(1)
    pool.sweep()
    pool.sweeps(2)
    expect(pool.idsOf('await-idle')).toEqual([1])
    expect(pool.of('pair')).toEqual([])
    pool.waitingCount = 3
    pool.release(1)
    expect(pool.of('pair')).toHaveLength(1)
  })

  it('is caught again for the next pair when it was lent in between', () => {
    const pool = withSuspect()
    pool.lease(1)
    pool.sweep()
    for (let lease = 1; lease <= 4; lease++) {
      expect(pool.of('await-idle')).toHaveLength(lease)
      pool.waitingCount = 1 // the pair after this one is refused
      pool.release(1)
      expect(pool.of('pair')).toHaveLength(lease)
      pool.advance(20)
      pool.lease(1)
      pool.sweeps(1)
    }
  })
})

describe('confirmations of several', () => {
  it('come one at a time, the strongest suspect first', () => {
    const pool = withSuspect({ connections: 10 })
    pool.at(2).metrics.duels.shift = pool.at(1).metrics.duels.shift * 2
    pool.sweep()
    expect(pool.of('pair').map(({ id }) => id)).toEqual([2])
    pool.sweep()
    pool.advance(20)
    expect(new Set(pool.idsOf('pair'))).toEqual(new Set([2]))
  })

  it('do not begin while a confirmed suspect waits for its replacement', () => {
    const pool = withSuspect({ connections: 10 })
    pool.canReplace = false
    pool.untilDecided()
    expect(basisOf(pool, 1)).toBe('duel')
    const { duels } = pool.at(2).metrics
    duels.shift = pool.monitor.detector.shift.limit * 2
    pool.sweeps(4)
    expect(pool.idsOf('pair')).not.toContain(2)
    pool.canReplace = true
    pool.sweeps(4)
    expect(pool.idsOf('pair')).toContain(2)
  })
})

/** A pool of which all connections but one young one have aged. */
function withAged(options: ConstructorParameters<typeof PoolWorld>[0] = {}): PoolWorld {
  const pool = new PoolWorld(options)
  pool.traffic(700)
  pool.slow(3)
  renewYoung(pool)
  return pool
}

/** Opens young connections and lets them win until the old are suspected. */
function renewYoung(pool: PoolWorld): void {
  const { ageing } = pool.monitor.detector
  for (let opened = 0; opened < 4; opened++) pool.open()
  for (let round = 0; ageing.suspicion < 1.5; round++) {
    if (round > 2_000) throw new Error('nothing ever seemed to have aged')
    for (const id of pool.ids) {
      pool.advance(1)
      pool.serve(id)
    }
  }
}

describe('connections that have aged', () => {
  it('are asked beside a fresh one, the one with the most runs first', () => {
    const pool = withAged()
    for (let extra = 0; extra < 10; extra++) pool.serve(3)
    pool.sweep()
    expect(pool.idsOf('open-candidate')).toEqual([3])
    pool.sweeps(1)
    const [pair] = pool.of('pair')
    expect(pair?.pair).toMatchObject({ suspectId: 3 })
    expect(pair?.pair?.referenceId).toBeGreaterThan(10)
  })

  it('are replaced by the fresh one when they lose', () => {
    const pool = withAged()
    pool.sweep()
    const [id = 0] = pool.idsOf('open-candidate')
    pool.untilDecided(id)
    expect(basisOf(pool, id)).toBe('ageing')
    pool.sweeps(2)
    expect(pool.of('replace')).toMatchObject([{ id, cause: 'ageing' }])
  })

  it('are replaced one by one, some time apart', () => {
    const pool = withAged({ connections: 12, recycling: { evictionWindowMs: 100 } })
    const { ageing } = pool.monitor.detector
    pool.sweep()
    for (let sweep = 0; sweep < 100; sweep++) {
      for (const id of pool.ids) pool.at(id).metrics.duels.shift = 0 // no other suspicion
      for (let win = 0; win < 200; win++) ageing.record(pool.at(16).metrics.duels, -1.5)
      pool.sweeps(1)
    }
    const at = pool.of('replace').map((each) => each.at)
    expect(at.length).toBeGreaterThan(1)
    for (let index = 1; index < at.length; index++) {
      expect((at[index] ?? 0) - (at[index - 1] ?? 0)).toBeGreaterThanOrEqual(9_750)
    }
    expect(new Set(pool.of('replace').map(({ cause }) => cause))).toEqual(new Set(['ageing']))
  })

  it('are left alone, and it takes more to ask again, when the fresh one is no better', () => {
    const pool = withAged()
    pool.script({}, ...pool.ids)
    pool.sweep()
    pool.sweeps(12)
    const { ageing } = pool.monitor.detector
    expect(pool.of('drop-candidate')).toHaveLength(1)
    expect(pool.of('replace')).toEqual([])
    expect(ageing.suspicion).toBe(0)
  })

  it('are not looked for when only observing, which opens no candidates', () => {
    const pool = withAged({ health: { mode: 'observe' } })
    pool.sweep()
    pool.sweeps(40)
    expect([...pool.of('open-candidate'), ...pool.of('pair')]).toEqual([])
  })
})

describe('observing only', () => {
  it('reports what was confirmed and replaces nothing', () => {
    const pool = withSuspect({ health: { mode: 'observe' } })
    pool.sweep()
    pool.sweeps(40)
    expect(basisOf(pool, 1)).toBe('duel')
    expect([...pool.of('replace'), ...pool.of('evict')]).toEqual([])
  })

  it('opens no candidate', () => {
    const pool = withSuspect({ health: { mode: 'observe' } })
    leaseOthers(pool)
    pool.sweep()
    pool.sweeps(40)
    expect([...pool.of('open-candidate'), ...pool.of('pair')]).toEqual([])
  })

  it('waits for a peer to come back where all of them are lent', () => {
    const pool = withSuspect({ health: { mode: 'observe' } })
    leaseOthers(pool)
    pool.sweep()
    const [awaited = 0] = pool.idsOf('await-idle')
    expect(awaited).toBeGreaterThan(1)
    pool.release(awaited)
    expect(pool.of('pair')[0]?.pair).toMatchObject({ suspectId: 1, referenceId: awaited })
  })

  it('goes on with other suspects', () => {
    const pool = withSuspect({ connections: 10, health: { mode: 'observe' } })
    pool.untilDecided()
    pool.at(2).metrics.duels.shift = pool.monitor.detector.shift.limit * 2
    pool.sweeps(4)
    expect(pool.idsOf('pair')).toContain(2)
  })
})

describe('what was confirmed', () => {
  it('is cleared when the connection is like the others again', () => {
    const pool = withSuspect()
    pool.canReplace = false
    pool.untilDecided()
    expect(basisOf(pool, 1)).toBe('duel')
    pool.slow(1, 1)
    pool.traffic(400)
    expect(pool.monitor.openIssues(1)).toEqual([])
  })

  it('is asked again after a while, and cleared when it is dismissed then', () => {
    const pool = withSuspect({ health: { mode: 'observe' } })
    pool.untilDecided()
    const asked = pool.of('pair').length
    pool.script({}, 1)
    pool.sweeps(100)
    expect(pool.of('pair')).toHaveLength(asked)
    pool.at(1).metrics.duels.shift = 100
    pool.sweeps(40)
    expect(pool.of('pair').length).toBeGreaterThan(asked)
    expect(basisOf(pool, 1)).toBeUndefined()
  })
})
