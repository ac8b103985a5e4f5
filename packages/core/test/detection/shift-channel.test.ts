import { describe, expect, it } from 'vitest'
import { DuelRecord } from '../../src/detection/duel-record.ts'
import { ShiftChannel } from '../../src/detection/shift-channel.ts'
import { createRandom } from './random.ts'

const hourMs = 3_600_000

/** Scores of connections that take turns; each is a lease of its own. */
function record(
  channel: ShiftChannel,
  records: readonly DuelRecord[],
  rounds: number,
  scoreOf: (index: number) => number,
): void {
  for (let round = 0; round < rounds; round++) {
    for (const [index, each] of records.entries()) {
      channel.record(each, scoreOf(index))
      channel.endLease(each)
    }
  }
}

function createRecords(count: number): readonly DuelRecord[] {
  return Array.from({ length: count }, () => new DuelRecord())
}

/** One lease that goes on, in which every score is high, beside others that are ordinary. */
function lease(channel: ShiftChannel, pinned: DuelRecord, runs: number): void {
  const others = createRecords(10)
  for (let run = 0; run < runs; run++) {
    channel.record(pinned, 1.5)
    record(channel, others, 1, () => -0.15)
  }
}

/** Sound scores: mean 0, variance 1. */
function noise(random: () => number): number {
  return Math.sqrt(12) * (random() - 0.5)
}

/** Rounds until the first of 10 connections, which scores `score` on average, is a suspect. */
function roundsUntilSuspect(channel: ShiftChannel, score: number): number {
  const records = createRecords(10)
  const random = createRandom(5)
  const [slow = new DuelRecord()] = records
  for (let round = 1; round < 20_000; round++) {
    record(channel, records, 1, (index) => noise(random) + (index === 0 ? score : 0))
    if (channel.suspicion(slow) >= 1) return round
  }
  return Number.POSITIVE_INFINITY
}

describe('the shift channel', () => {
  it('suspects whoever keeps scoring high, the sooner the higher', () => {
    const [high, higher] = [1, 1.5].map((score) => roundsUntilSuspect(new ShiftChannel(), score))
    expect(higher).toBeLessThan(high ?? 0)
    expect(high).toBeLessThan(200)
  })

  it('suspects nobody who is like the others', () => {
    expect(roundsUntilSuspect(new ShiftChannel(), 0)).toBe(Number.POSITIVE_INFINITY)
  })

  it('suspects nobody when all of them score high', () => {
    const channel = new ShiftChannel()
    const records = createRecords(10)
    record(channel, records, 2_000, () => 1.5)
    for (const each of records) expect(channel.suspicion(each)).toBeLessThan(1)
  })

  it('makes no suspect of one lease, however long it is', () => {
    const channel = new ShiftChannel()
    const pinned = new DuelRecord()
    lease(channel, pinned, 10_000)
    expect(channel.suspicion(pinned)).toBeGreaterThan(0)
    expect(channel.suspicion(pinned)).toBeLessThan(0.5)
    channel.endLease(pinned)
    expect(channel.suspicion(pinned)).toBeLessThan(0.5)
  })

  it('makes a suspect of several leases', () => {
    const channel = new ShiftChannel()
    const slow = new DuelRecord()
    for (let leases = 0; leases < 6; leases++) {
      lease(channel, slow, 200)
      channel.endLease(slow)
    }
    expect(channel.suspicion(slow)).toBeGreaterThanOrEqual(1)
  })

  it('forgets a suspicion as the scores become ordinary', () => {
    const channel = new ShiftChannel()
    const records = createRecords(4)
    const [slow = new DuelRecord()] = records
    record(channel, records, 100, (index) => (index === 0 ? 1.5 : 0))
    const suspicion = channel.suspicion(slow)
    expect(suspicion).toBeGreaterThan(1)
    record(channel, records, 50, () => 0)
    expect(channel.suspicion(slow)).toBeLessThan(suspicion)
    record(channel, records, 1_000, () => 0)
    expect(channel.suspicion(slow)).toBe(0)
  })

  it('does not let a suspect move what counts as ordinary', () => {
    const channel = new ShiftChannel()
    const slow = new DuelRecord()
    const other = new DuelRecord()
    record(channel, [slow], 500, () => 1.5)
    const before = channel.record(other, 0)
    record(channel, [slow], 5_000, () => 1.5)
    expect(channel.record(new DuelRecord(), 0)).toBeCloseTo(before, 1)
    expect(channel.suspicion(slow)).toBeGreaterThan(1)
  })

  it('raises the limit for fewer false alarms, and never leaves its bounds', () => {
    const channel = new ShiftChannel()
    const limits = [1e2, 1e4, 1e6, 1e8].map((runs) => {
      channel.renewLimit(runs, 0)
      return channel.limit
    })
    expect(limits).toEqual(limits.toSorted((a, b) => a - b))
    expect(new Set(limits).size).toBeGreaterThan(2)
    for (const runs of [Number.NaN, -1, 0, Number.POSITIVE_INFINITY]) {
      channel.renewLimit(runs, 0)
      expect(channel.limit).toBeGreaterThan(0)
      expect(channel.limit).toBeLessThan(100)
    }
  })

  it('learns how noisy scores are, bursts included, and raises the limit for it', () => {
    const limitAfter = (burst: number): number => {
      const channel = new ShiftChannel()
      const random = createRandom(11)
      const records = createRecords(10)
      for (let round = 0; round < 500; round++) {
        for (const each of records) {
          const score = noise(random)
          for (let run = 0; run < burst; run++) channel.record(each, score)
          channel.endLease(each)
        }
      }
      channel.renewLimit(1e6, 0)
      return channel.limit
    }
    expect(limitAfter(6)).toBeGreaterThan(limitAfter(1))
  })

  it('raises every limit while more suspects are dismissed than allowed, and lowers it again', () => {
    const channel = new ShiftChannel()
    channel.renewLimit(1e6, 1)
    const usual = channel.limit
    for (let dismissal = 0; dismissal < 6; dismissal++) channel.dismiss(new DuelRecord(), 1_000)
    channel.renewLimit(1e6, 1)
    expect(channel.limit).toBeGreaterThan(1.5 * usual)
    for (let renewal = 0; renewal < 10; renewal++) channel.renewLimit(1e6, 1)
    expect(channel.limit).toBe(usual)
    for (let dismissal = 0; dismissal < 500; dismissal++) channel.dismiss(new DuelRecord(), 1_000)
    channel.renewLimit(1e6, 1)
    expect(channel.limit).toBeLessThan(10 * usual)
  })

  it('takes more to suspect whoever was dismissed, up to a point', () => {
    const channel = new ShiftChannel()
    const record1 = new DuelRecord()
    const suspicions: number[] = []
    for (let dismissal = 0; dismissal < 12; dismissal++) {
      record1.shift = channel.limit
      suspicions.push(channel.suspicion(record1))
      channel.dismiss(record1, 1_000)
      expect(channel.suspicion(record1)).toBe(0)
    }
    expect(suspicions[0]).toBe(1)
    expect(suspicions[1]).toBeLessThan(1)
    expect(suspicions.at(-1)).toBeGreaterThan(0.1)
    expect(suspicions.at(-1)).toBe(suspicions.at(-2))
  })

  it('lets that fade', () => {
    const channel = new ShiftChannel()
    const dismissed = new DuelRecord()
    channel.dismiss(dismissed, 1_000)
    dismissed.shift = channel.limit
    const soon = channel.suspicion(dismissed)
    channel.renewCaution(dismissed, 1_000 + hourMs / 2)
    const later = channel.suspicion(dismissed)
    channel.renewCaution(dismissed, 1_000 + 24 * hourMs)
    expect(later).toBeGreaterThan(soon)
    expect(channel.suspicion(dismissed)).toBeCloseTo(1)
  })

  it('trusts its own suspicions as much as it was told to', () => {
    const channel = new ShiftChannel()
    const slow = new DuelRecord()
    slow.shift = channel.limit
    channel.trustFactor = 3
    expect(channel.suspicion(slow)).toBeCloseTo(1 / 3)
  })
})
