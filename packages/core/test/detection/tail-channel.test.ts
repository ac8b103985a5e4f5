import { beforeEach, describe, expect, it } from 'vitest'
import { DuelRecord } from '../../src/detection/duel-record.ts'
import { DuelRings } from '../../src/detection/duel-rings.ts'
import { TailChannel } from '../../src/detection/tail-channel.ts'

const second = 1_000
let rings: DuelRings
let channel: TailChannel
let records: readonly DuelRecord[]
let now: number

beforeEach(() => {
  rings = new DuelRings()
  channel = new TailChannel(rings)
  now = 1_000
  records = Array.from({ length: 8 }, (_, index) => {
    const record = new DuelRecord()
    record.connectionId = index + 1
    return record
  })
  serveAll(20)
})

function at(id: number): DuelRecord {
  return records[id - 1] ?? new DuelRecord()
}

/** One run in a lease of its own. */
function run(id: number, slot: number, ms: number): void {
  const record = at(id)
  now += 1
  rings.rank(slot, id, ms, now)
  channel.record(record, slot, ms, now)
  rings.add(slot, id, ms, now)
}

function lease(id: number, slot: number, ms: number): void {
  run(id, slot, ms)
  channel.endLease(at(id))
}

function serveAll(rounds: number): void {
  for (let round = 0; round < rounds; round++) {
    for (let slot = 0; slot < 6; slot++) for (let id = 1; id <= 8; id++) lease(id, slot, 10)
  }
}

function settle(): void {
  now += second
  for (const record of records) channel.settle(record, now)
}

/** How much one such run counts against connection 1. */
function weightOf(ms: number, slot = 0): number {
  const before = at(1).tail
  lease(1, slot, ms)
  settle()
  return at(1).tail - before
}

describe('a stall', () => {
  it('counts once nobody else has stalled for a while', () => {
    lease(1, 0, 2_000)
    channel.settle(at(1), now)
    expect(at(1)).toMatchObject({ tail: 0, stalls: 0 })
    settle()
    expect(at(1).tail).toBeGreaterThan(0)
    expect(at(1).stalls).toBe(1)
    const { tail } = at(1)
    settle()
    expect(at(1).tail).toBe(tail)
  })

  it('makes no suspect by itself, though nobody has ever stalled before', () => {
    weightOf(2_000)
    expect(channel.suspicion(at(1))).toBeGreaterThan(0)
    expect(channel.suspicion(at(1))).toBeLessThan(1)
  })

  it('is many times what is typical, and much longer in ms', () => {
    expect(weightOf(90)).toBeLessThanOrEqual(0)
    expect(weightOf(150)).toBeLessThanOrEqual(0)
    expect(weightOf(500)).toBeGreaterThan(0)
  })

  it('is not a run of a statement that takes long everywhere', () => {
    for (let id = 1; id <= 8; id++) lease(id, 20, 3_000)
    expect(weightOf(6_000, 20)).toBeLessThanOrEqual(0)
  })

  it('cannot be told with too few others to compare with', () => {
    for (let id = 1; id <= 3; id++) lease(id, 20, 10)
    expect(weightOf(5_000, 20)).toBeLessThanOrEqual(0)
  })

  it('counts for neither of two connections that stall at about the same time', () => {
    lease(1, 0, 2_000)
    now += 200
    lease(2, 1, 2_000)
    settle()
    expect([at(1).stalls, at(2).stalls]).toEqual([0, 0])
  })

  it('counts for both when they are further apart, settled or not', () => {
    lease(1, 0, 2_000)
    now += 300
    channel.settle(at(1), now)
    lease(2, 1, 2_000)
    settle()
    expect([at(1).stalls, at(2).stalls]).toEqual([1, 1])
  })

  it('does not cancel an earlier one of the same connection', () => {
    lease(1, 0, 2_000)
    lease(1, 1, 2_000)
    settle()
    expect(at(1).stalls).toBe(1)
  })

  it('counts once per lease', () => {
    run(1, 0, 2_000)
    settle()
    run(1, 1, 2_000)
    settle()
    expect(at(1).stalls).toBe(1)
    channel.endLease(at(1))
    lease(1, 2, 2_000)
    settle()
    expect(at(1).stalls).toBe(2)
  })

  it('counts less when it hits the same statement again', () => {
    const first = weightOf(2_000, 0)
    const again = weightOf(2_000, 0)
    const other = weightOf(2_000, 1)
    expect(again).toBeLessThan(first * 0.6)
    expect(other).toBeGreaterThan(again)
  })

  it('counts less where others stall as well', () => {
    const alone = weightOf(2_000, 0)
    for (let round = 0; round < 5; round++) {
      for (let id = 2; id <= 8; id++) {
        lease(id, 1, 2_000)
        settle()
        serveAll(1)
      }
    }
    expect(weightOf(2_000, 2)).toBeLessThan(alone)
  })

  it('does not count when our own process stood still', () => {
    lease(1, 0, 2_000)
    channel.noteOwnStall(now, records)
    settle()
    channel.noteOwnStall(now, records)
    lease(2, 1, 2_000)
    settle()
    expect([at(1).stalls, at(2).stalls]).toEqual([0, 0])
    lease(3, 2, 2_000)
    settle()
    expect(at(3).stalls).toBe(1)
  })
})

describe('the tail channel', () => {
  it('suspects whoever goes on stalling, and forgets it again', () => {
    for (let stall = 0; stall < 6; stall++) {
      weightOf(2_000, stall)
      serveAll(2)
    }
    expect(channel.suspicion(at(1))).toBeGreaterThanOrEqual(1)
    expect(channel.suspicion(at(2))).toBe(0)
    serveAll(1_500)
    expect(channel.suspicion(at(1))).toBe(0)
  })

  it('takes more when false alarms are to be rarer, or its swaps did not help', () => {
    channel.renewLimit(1e4)
    weightOf(2_000)
    const before = channel.suspicion(at(1))
    channel.renewLimit(1e9)
    const rarer = channel.suspicion(at(1))
    channel.trustFactor = 1.5
    expect(rarer).toBeLessThan(before)
    expect(channel.suspicion(at(1))).toBeCloseTo(rarer / 1.5)
  })

  it('is not excused by what a connection had that is gone', () => {
    for (let stall = 0; stall < 40; stall++) {
      lease(2, stall % 6, 2_000)
      settle()
    }
    const beside = weightOf(2_000)
    channel.forget(at(2))
    expect(weightOf(2_000, 1)).toBeGreaterThan(2 * beside)
  })

  it('knows nothing of a fingerprint whose slot has a new owner', () => {
    for (let stall = 0; stall < 20; stall++) weightOf(2_000, 3)
    at(1).tail = 0
    channel.forgetSlot(3)
    rings.forgetSlot(3)
    lease(1, 3, 2_000)
    settle()
    expect(at(1).tail).toBe(0) // nothing to compare with
  })
})
