import { describe, expect, it } from 'vitest'
import { AgeingChannel } from '../../src/detection/ageing-channel.ts'
import { DuelRecord } from '../../src/detection/duel-record.ts'

const hourMs = 3_600_000

function recordOf(runs: number): DuelRecord {
  const record = new DuelRecord()
  record.runs = runs
  return record
}

function win(channel: AgeingChannel, runs: number, score = -1.5): void {
  const young = recordOf(100)
  for (let run = 0; run < runs; run++) channel.record(young, score)
}

describe('the ageing channel', () => {
  it('suspects the old while the young keep winning', () => {
    const channel = new AgeingChannel()
    win(channel, 100)
    expect(channel.suspicion).toBeGreaterThan(1)
    expect(channel.youngScore).toBeGreaterThan(1)
  })

  it('learns nothing from those that are not young', () => {
    const channel = new AgeingChannel()
    for (let run = 0; run < 1_000; run++) channel.record(recordOf(5_000), -1.5)
    expect(channel.suspicion).toBe(0)
    expect(channel.youngScore).toBe(0)
  })

  it('suspects nobody while the young are like the others, or lose', () => {
    const channel = new AgeingChannel()
    win(channel, 1_000, 0)
    win(channel, 1_000, 1.5)
    expect(channel.suspicion).toBe(0)
  })

  it('stops once the young stop winning', () => {
    const channel = new AgeingChannel()
    win(channel, 100)
    win(channel, 2_000, 0)
    expect(channel.suspicion).toBe(0)
  })

  it('takes more after a dismissal, which fades', () => {
    const channel = new AgeingChannel()
    win(channel, 20)
    const before = channel.suspicion
    channel.dismiss(1_000)
    expect(channel.suspicion).toBe(0)
    win(channel, 20)
    expect(channel.suspicion).toBeLessThan(before)
    channel.renewCaution(1_000 + 24 * hourMs)
    expect(channel.suspicion).toBeCloseTo(before)
  })

  it('does not pile up: it is soon over when the old are gone', () => {
    const channel = new AgeingChannel()
    win(channel, 100_000)
    expect(channel.suspicion).toBeLessThanOrEqual(2)
    win(channel, 500, 0)
    expect(channel.suspicion).toBe(0)
  })

  it('takes more when its swaps did not help', () => {
    const channel = new AgeingChannel()
    win(channel, 20)
    const before = channel.suspicion
    channel.trustFactor = 3
    expect(channel.suspicion).toBeCloseTo(before / 3)
  })
})
