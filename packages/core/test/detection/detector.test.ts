import { beforeEach, describe, expect, it } from 'vitest'
import { Detector } from '../../src/detection/detector.ts'
import { DuelRecord } from '../../src/detection/duel-record.ts'
import { createRandom } from './random.ts'

let detector: Detector
let records: readonly DuelRecord[]
let fingerprint: number
let now: number
let random: () => number

beforeEach(() => begin(1))

function begin(falseRecyclesPerConnectionDay: number): void {
  detector = new Detector({ falseRecyclesPerConnectionDay })
  fingerprint = detector.fingerprints.of('select 1')
  records = Array.from({ length: 6 }, (_, index) => createRecord(index + 1))
  now = 1_000
  random = createRandom(9)
}

function createRecord(connectionId: number): DuelRecord {
  const record = new DuelRecord()
  record.connectionId = connectionId
  return record
}

function at(id: number): DuelRecord {
  return records[id - 1] ?? new DuelRecord()
}

/** Rounds of leases of one statement each; `slowId` takes ten times as long. */
function serve(rounds: number, slowId = 0, among = records): void {
  for (let round = 0; round < rounds; round++) {
    for (const record of among) {
      now += 1
      const ms = (record.connectionId === slowId ? 100 : 10) * (1 + random())
      detector.recordRun(record, fingerprint, ms, now)
      detector.endLease(record)
    }
  }
}

/** So many slow probes of connection 1. */
function probe(count: number): void {
  for (let sent = 0; sent < count; sent++) {
    now += 1
    detector.recordProbe(at(1), 900, now)
  }
}

describe('a connection on probation', () => {
  it('is no evidence against itself', () => {
    serve(100)
    const young = createRecord(7)
    for (let run = 0; run < 32; run++) {
      now += 1
      detector.recordRun(young, fingerprint, 5_000, now)
      detector.endLease(young)
    }
    expect(detector.view(young)).toMatchObject({ duels: 0, shiftSuspicion: 0, tailSuspicion: 0 })
    expect(young.runs).toBe(32)
  })

  it('is no evidence for the others either', () => {
    serve(20)
    expect(records.map((record) => detector.view(record).duels)).toEqual([0, 0, 0, 0, 0, 0])
  })

  it('ends', () => {
    serve(100, 3)
    expect(detector.view(at(3)).duels).toBeGreaterThan(0)
  })
})

describe('a view', () => {
  it('has no mean score while there are few duels', () => {
    serve(40)
    expect(detector.view(at(1))).toMatchObject({ meanScore: undefined })
    serve(40)
    expect(detector.view(at(1)).meanScore).toBeCloseTo(0, 0)
  })

  it('shows who is slower than the others', () => {
    serve(150, 3)
    const [slow, sound] = [detector.view(at(3)), detector.view(at(1))]
    expect(slow.meanScore).toBeGreaterThan(1)
    expect(slow.shiftSuspicion).toBeGreaterThan(1)
    expect(sound.meanScore).toBeLessThan(0.5)
    expect(sound.shiftSuspicion).toBeLessThan(0.5)
  })
})

describe('runs that do not count', () => {
  it('are those without a fingerprint, or with one that was evicted', () => {
    serve(60)
    const { runs } = at(1)
    detector.recordRun(at(1), -1, 10, now + 1)
    for (let text = 0; text < 1_100; text++) detector.fingerprints.of('', `statement_${text}`)
    expect(detector.fingerprints.isCurrent(fingerprint)).toBe(false)
    detector.recordRun(at(1), fingerprint, 10, now + 2)
    expect(at(1).runs).toBe(runs)
  })

  it.each([Number.NaN, -1, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])(
    'are those that took %d ms',
    (ms) => {
      serve(60)
      const before = { ...at(1) }
      detector.recordRun(at(1), fingerprint, ms, now + 1)
      detector.recordProbe(at(1), ms, now + 1)
      expect(at(1)).toEqual(before)
      detector.renew(records, now)
      now += 60_000
      serve(60)
      expect(detector.renew(records, now).ratio).toBeCloseTo(1, 0)
    },
  )
})

describe('probes', () => {
  it('duel with those of the others, without any traffic', () => {
    for (let round = 0; round < 100; round++) {
      for (const record of records) {
        now += 1
        detector.recordProbe(record, (record.connectionId === 2 ? 5 : 1) + random(), now)
      }
    }
    expect(detector.view(at(2)).shiftSuspicion).toBeGreaterThan(1)
    expect(detector.view(at(1)).shiftSuspicion).toBeLessThan(1)
  })

  it('do not while they belong to a confirmation', () => {
    serve(100)
    const before = detector.view(at(1))
    at(1).isBeingConfirmed = true
    probe(50)
    expect(detector.view(at(1))).toEqual({ ...before, isBeingConfirmed: true })
  })

  it('are not compared with statements', () => {
    serve(100)
    const { duels } = at(1)
    probe(20)
    expect(at(1).duels).toBe(duels)
  })
})

describe('a renewal', () => {
  function renewIfDue(): boolean {
    if (!detector.isRenewalDue(now)) return false
    detector.renew(records, now)
    return true
  }

  /** Minutes of traffic in which each connection has a run every so many ms. */
  function serveFor(minutes: number, everyMs: number): void {
    const until = now + minutes * 60_000
    while (now < until) {
      serve(1)
      now += everyMs - records.length
      renewIfDue()
    }
  }

  /** The limit after some minutes, with so many false recycles allowed. */
  function limitFor(falseRecyclesPerConnectionDay: number): number {
    begin(falseRecyclesPerConnectionDay)
    serveFor(2, 50)
    return detector.shift.limit
  }

  it('raises the limit for a smaller budget', () => {
    expect(limitFor(0.05)).toBeGreaterThan(limitFor(1))
    expect(limitFor(0.001)).toBeGreaterThan(limitFor(0.05))
  })

  it('lowers the limit for less traffic, as every run may be a false alarm', () => {
    const before = limitFor(1)
    serveFor(5, 2_000)
    expect(detector.shift.limit).toBeLessThan(before)
  })

  it('is due every 10 s, the first one sooner', () => {
    const since = now
    const renewedAt: number[] = []
    expect(renewIfDue()).toBe(false)
    expect(detector.runsPerConnectionDay).toBeNaN()
    while (now < since + 25_000) {
      now += 250
      if (renewIfDue()) renewedAt.push(now - since)
    }
    expect(renewedAt).toEqual([2_000, 12_000, 22_000])
    expect(detector.runsPerConnectionDay).toBe(0)
  })

  it('knows the traffic of a connection', () => {
    serveFor(2, 100)
    expect(detector.runsPerConnectionDay / 864_000).toBeCloseTo(1, 1)
  })

  it('gives limits even in a pool of nobody, at any time', () => {
    detector.renew([], now)
    detector.renew([], now)
    detector.renew([], now - 1_000)
    expect(detector.shift.limit).toBeGreaterThan(0)
    expect(detector.shift.limit).toBeLessThan(100)
  })
})

describe('a connection that is gone', () => {
  it('is no rival any more', () => {
    serve(60, 0, records.slice(0, 3))
    detector.forget(at(1))
    detector.forget(at(2))
    const { duels } = at(3)
    detector.recordRun(at(3), fingerprint, 10, now + 1)
    expect(at(3).duels).toBe(duels)
  })
})
