import { describe, expect, it } from 'vitest'
import { DuelRecord } from '../../src/detection/duel-record.ts'
import { ErrorChannel } from '../../src/detection/error-channel.ts'

/** Statements of which every `every`th fails. */
function serve(channel: ErrorChannel, record: DuelRecord, runs: number, every: number): void {
  for (let run = 1; run <= runs; run++) {
    if (run % every === 0) channel.recordFault(record)
    else channel.recordSuccess(record)
  }
}

describe('the error channel', () => {
  it('suspects whoever has faults that the others do not have', () => {
    const channel = new ErrorChannel()
    const record = new DuelRecord()
    serve(channel, record, 400, 20)
    expect(channel.suspicion(record)).toBeGreaterThanOrEqual(1)
  })

  it('suspects nobody for one fault, nor for one in thousands', () => {
    const channel = new ErrorChannel()
    const record = new DuelRecord()
    channel.recordFault(record)
    expect(channel.suspicion(record)).toBeGreaterThan(0)
    expect(channel.suspicion(record)).toBeLessThan(1)
    serve(channel, record, 20_000, 2_000)
    expect(channel.suspicion(record)).toBeLessThan(1)
  })

  it('suspects nobody for what the others have as well', () => {
    const channel = new ErrorChannel()
    const record = new DuelRecord()
    channel.renewRatio(0.05)
    serve(channel, record, 4_000, 20)
    expect(channel.suspicion(record)).toBeLessThan(1)
  })

  it('suspects whoever has many more faults than the others', () => {
    const channel = new ErrorChannel()
    const record = new DuelRecord()
    channel.renewRatio(0.02)
    serve(channel, record, 400, 3)
    expect(channel.suspicion(record)).toBeGreaterThanOrEqual(1)
  })

  it('counts a fault the less, the more the others have', () => {
    const channel = new ErrorChannel()
    const weights = [0, 0.001, 0.01, 0.2].map((ratio) => {
      const record = new DuelRecord()
      channel.renewRatio(ratio)
      channel.recordFault(record)
      return record.errors
    })
    expect(weights).toEqual(weights.toSorted((a, b) => b - a))
  })

  it('gives numbers whatever share of faults the others have', () => {
    const channel = new ErrorChannel()
    for (const ratio of [-1, 0, 0.5, 0.9, 1, 7, Number.POSITIVE_INFINITY]) {
      const record = new DuelRecord()
      channel.renewRatio(ratio)
      serve(channel, record, 40, 2)
      expect(Number.isFinite(channel.suspicion(record))).toBe(true)
    }
  })

  it('forgets as statements succeed', () => {
    const channel = new ErrorChannel()
    const record = new DuelRecord()
    serve(channel, record, 100, 20)
    const before = channel.suspicion(record)
    serve(channel, record, 100, 1_000)
    expect(channel.suspicion(record)).toBeLessThan(before)
  })

  it('takes more when its swaps did not help', () => {
    const channel = new ErrorChannel()
    const record = new DuelRecord()
    channel.recordFault(record)
    const before = channel.suspicion(record)
    channel.trustFactor = 3
    expect(channel.suspicion(record)).toBeCloseTo(before / 3)
  })
})
