import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Detector } from '../../src/detection/detector.ts'
import { DuelRecord } from '../../src/detection/duel-record.ts'
import { createRandom } from './random.ts'

/** Anything that a clock or a socket might ever say. */
const hostile = fc.oneof(
  fc.double(),
  fc.double({ min: 0, max: 10_000, noNaN: true }),
  fc.constantFrom(0, -0, -1, 1e-300, 1e300, Number.MAX_VALUE, Number.POSITIVE_INFINITY, Number.NaN),
)
type Step = readonly [kind: number, connection: number, fingerprint: number, ms: number]
const steps = fc.array(fc.tuple(fc.nat(10), fc.nat(11), fc.integer({ min: -2, max: 5 }), hostile), {
  maxLength: 400,
})

interface Bench {
  readonly detector: Detector
  readonly records: readonly DuelRecord[]
  readonly fingerprints: readonly number[]
}

/** A detector and connections that are past their probation. */
function createBench(connections: number): Bench {
  const detector = new Detector({ falseRecyclesPerConnectionDay: 1 })
  const fingerprints = Array.from({ length: 6 }, (_, index) =>
    detector.fingerprints.of('', `statement ${index}`),
  )
  const records = Array.from({ length: connections }, (_, index) => {
    const record = new DuelRecord()
    record.connectionId = index + 1
    record.runs = 40
    return record
  })
  return { detector, records, fingerprints }
}

function numbersOf(record: DuelRecord): readonly number[] {
  return Object.values(record).filter((value) => typeof value === 'number')
}

function suspicions(detector: Detector, record: DuelRecord): readonly number[] {
  const { shiftSuspicion, tailSuspicion, errorSuspicion } = detector.view(record)
  return [shiftSuspicion, tailSuspicion, errorSuspicion]
}

type Telling = (bench: Bench, record: DuelRecord, step: Step, now: number) => void

/** Everything that a detector can be told. */
const tellings: readonly Telling[] = [
  ({ detector }, record) => detector.endLease(record),
  ({ detector }, record) => detector.errors.recordFault(record),
  ({ detector }, record, [, , , ms], now) => detector.recordProbe(record, ms, now),
  ({ detector }, record, _, now) => detector.tail.settle(record, now),
  ({ detector }, record, _, now) => detector.shift.dismiss(record, now),
  ({ detector, records }, _, __, now) => {
    if (detector.isRenewalDue(now)) detector.renew(records, now)
  },
  ({ detector, records }, { connectionId }, _, now) => {
    if (connectionId === 1) detector.tail.noteOwnStall(now, records)
  },
  ({ detector }, record) => {
    if (record.connectionId === 2) detector.forget(record)
  },
]

function tell(bench: Bench, step: Step, now: number): void {
  const [kind, connection, fingerprint, ms] = step
  const { detector, records, fingerprints } = bench
  const record = records[connection] ?? new DuelRecord()
  const telling = tellings[kind]
  if (telling !== undefined) telling(bench, record, step, now)
  else detector.recordRun(record, fingerprints[fingerprint] ?? fingerprint, ms, now)
}

describe('the channels', () => {
  it('are total: whatever comes in whatever order, nothing throws and all sums are numbers', () => {
    fc.assert(
      fc.property(
        steps,
        fc.array(fc.nat(3_000), { minLength: 1, maxLength: 400 }),
        (told, gaps) => {
          const bench = createBench(10)
          let now = 0
          for (const [index, step] of told.entries()) {
            now += gaps[index % gaps.length] ?? 0
            tell(bench, step, now)
          }
          for (const record of bench.records) {
            expect(numbersOf(record).filter(Number.isNaN)).toEqual([])
            for (const suspicion of suspicions(bench.detector, record)) {
              expect(suspicion).toBeGreaterThanOrEqual(0)
              expect(suspicion).toBeLessThan(Number.POSITIVE_INFINITY)
            }
          }
          const { ratio } = bench.detector.renew(bench.records, now)
          expect(Number.isFinite(ratio)).toBe(true)
        },
      ),
    )
  })

  it('say the same of shifts at every scale of time', () => {
    const runs = fc.array(fc.tuple(fc.nat(5), fc.nat(3), fc.integer({ min: 1, max: 1_000_000 })), {
      minLength: 50,
      maxLength: 600,
    })
    // Scaled by a power of two every sum and product rounds alike. By any other number it does not, and
    // two runs that differ by exactly the slack (15 and 13 ms over a floor of 1 ms) fall on either side.
    const factor = fc.integer({ min: -10, max: 10 }).map((exponent) => 2 ** exponent)
    const judge = (
      told: typeof runs extends fc.Arbitrary<infer Told> ? Told : never,
      scale: number,
    ) => {
      const { detector, records, fingerprints } = createBench(6)
      for (const [at, [connection, statement, ms]] of told.entries()) {
        const record = records[connection] ?? new DuelRecord()
        detector.recordRun(record, fingerprints[statement] ?? -1, ms * scale, at * 5)
        detector.endLease(record)
      }
      return records.map((record) => {
        const { duels, meanScore, shiftSuspicion } = detector.view(record)
        return { duels, meanScore, shiftSuspicion }
      })
    }
    fc.assert(
      fc.property(runs, factor, (told, scale) => {
        expect(judge(told, scale)).toEqual(judge(told, 1))
      }),
    )
  })

  it('meet no rivals among the runs of the same instant', () => {
    const durations = fc.array(fc.double({ min: 0, max: 1e6, noNaN: true }), {
      minLength: 1,
      maxLength: 12,
    })
    fc.assert(
      fc.property(durations, (told) => {
        const { detector, records, fingerprints } = createBench(12)
        for (const [index, ms] of told.entries()) {
          detector.recordRun(records[index] ?? new DuelRecord(), fingerprints[0] ?? -1, ms, 1_000)
        }
        for (const record of records) expect(record.duels).toBe(0)
      }),
    )
  })

  it('come to the same verdicts in whatever order the runs of one instant come', () => {
    const worlds = fc.record({
      seed: fc.nat(),
      shuffle: fc.nat(),
      connections: fc.integer({ min: 4, max: 10 }),
      slow: fc.option(fc.nat(3), { nil: -1 }),
    })
    const judge = (
      {
        seed,
        shuffle,
        connections,
        slow,
      }: { seed: number; shuffle: number; connections: number; slow: number },
      isShuffled: boolean,
    ): readonly boolean[] => {
      const { detector, records, fingerprints } = createBench(connections)
      const random = createRandom(seed)
      const order = createRandom(shuffle)
      for (let instant = 1; instant <= 200; instant++) {
        const runs = records.map((record) => ({
          record,
          fingerprint: fingerprints[Math.floor(random() * 3)] ?? -1,
          ms: (record.connectionId === slow + 1 ? 100 : 10) * (1 + random()),
          place: order(),
        }))
        if (isShuffled) runs.sort((a, b) => a.place - b.place)
        for (const { record, fingerprint, ms } of runs) {
          detector.recordRun(record, fingerprint, ms, instant * 10)
          detector.endLease(record)
        }
      }
      return records.map((record) => suspicions(detector, record).some((each) => each >= 1))
    }
    fc.assert(
      fc.property(worlds, (world) => {
        const verdicts = judge(world, false)
        expect(verdicts).toEqual(judge(world, true))
        expect(verdicts).toEqual(verdicts.map((_, index) => index === world.slow))
      }),
      { numRuns: 60 },
    )
  })
})
