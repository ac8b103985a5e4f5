import type {
  ConnectionHealthMetrics,
  ConnectionHealthMonitor,
  SupervisedConnection,
} from '@hale/core'

type Detector = ConnectionHealthMonitor['detector']
type DuelRecord = ConnectionHealthMetrics['duels']

/** What a model is given, in this order. */
export const featureNames = [
  'suspicion',
  'shift',
  'meanScore',
  'lately',
  'lost',
  'duels',
  'runs',
  'caution',
  'tail',
  'errors',
  'floor',
  'hasFloor',
  'variance',
  'limit',
  'size',
  'youngScore',
  'slowness',
  'sinceDismissal',
  'freshDuels',
  'othersSuspicion',
  'inLease',
] as const

/** Means over about so many of the latest duels; shorter than the detector's own, which has 64. */
const latestDuels = 16
/** How long a dismissal is remembered, ms. */
const dismissalMemoryMs = 60_000

interface Own {
  readonly metrics: ConnectionHealthMetrics
  /** Mean score and share of lost duels, lately and since the latest dismissal. */
  lately: number
  lost: number
  dismissedAt: number
  duelsAtDismissal: number
  /** As of the latest survey; `NaN` while unknown. */
  floor: number
}

/** Reads what the detector knows of a connection as numbers; changes nothing that it does. */
export class FeatureReader {
  readonly #detector: Detector
  readonly #suspicion: (record: DuelRecord) => number
  readonly #now: () => number
  readonly #own = new Map<DuelRecord, Own>()
  #logSlowness = 0
  #size = 0
  #sumOfSuspicions = 0

  constructor(detector: Detector, now: () => number) {
    this.#detector = detector
    this.#now = now
    const { shift } = detector
    this.#suspicion = shift.suspicion.bind(shift)
    this.#listen()
  }

  track(metrics: ConnectionHealthMetrics): void {
    this.#own.set(metrics.duels, {
      metrics,
      lately: 0,
      lost: 0.5,
      dismissedAt: Number.NEGATIVE_INFINITY,
      duelsAtDismissal: 0,
      floor: Number.NaN,
    })
  }

  forget(metrics: ConnectionHealthMetrics): void {
    this.#own.delete(metrics.duels)
  }

  /** The detector's own suspicion, whatever has taken its place. */
  suspicion(record: DuelRecord): number {
    return this.#suspicion(record)
  }

  /** What takes the whole pool to know. To be called before every sweep. */
  survey(connections: Iterable<SupervisedConnection>): void {
    const now = this.#now()
    const known: { readonly own: Own; readonly floorMs: number }[] = []
    this.#size = 0
    this.#sumOfSuspicions = 0
    for (const { metrics } of connections) {
      this.#size += 1
      this.#sumOfSuspicions += Math.min(1, this.#suspicion(metrics.duels))
      const own = this.#own.get(metrics.duels)
      if (own === undefined) continue
      const floorMs = metrics.probeFloorMs(now)
      own.floor = Number.NaN
      if (floorMs !== undefined) known.push({ own, floorMs })
    }
    if (known.length < 2) return
    known.sort((a, b) => a.floorMs - b.floorMs)
    const middle = (known.length - 2) >> 1
    known.forEach(({ own, floorMs }, rank) => {
      const others = known[middle < rank ? middle : middle + 1]?.floorMs ?? floorMs
      own.floor = Math.log((floorMs + 0.2) / (others + 0.2))
    })
  }

  /** The features of one connection now, in the order of `featureNames`. */
  read(record: DuelRecord): number[] {
    const { shift, tail, errors, ageing } = this.#detector
    const own = this.#own.get(record)
    const suspicion = this.#suspicion(record)
    const floor = own?.floor ?? Number.NaN
    const others = this.#sumOfSuspicions - Math.min(1, suspicion)
    const silenceMs = this.#now() - (own?.dismissedAt ?? Number.NEGATIVE_INFINITY)
    return [
      Math.min(3, suspicion),
      Math.log1p(record.shift),
      record.meanScore,
      own?.lately ?? 0,
      own?.lost ?? 0.5,
      Math.log1p(record.duels),
      Math.log1p(record.runs),
      Math.log(record.caution),
      Math.min(2, tail.suspicion(record)),
      Math.min(2, errors.suspicion(record)),
      Number.isNaN(floor) ? 0 : Math.min(3, Math.max(-1, floor)),
      Number.isNaN(floor) ? 0 : 1,
      Math.log(shift.variance),
      Math.log(shift.limit),
      Math.log(Math.max(1, this.#size)),
      ageing.youngScore,
      this.#logSlowness,
      Math.exp(-silenceMs / dismissalMemoryMs),
      Math.exp(-(record.duels - (own?.duelsAtDismissal ?? 0)) / latestDuels),
      others / Math.max(1, this.#size - 1),
      (record.shift - record.shiftAtLease) / (shift.limit * record.caution),
    ]
  }

  #listen(): void {
    const { shift } = this.#detector
    const record = shift.record.bind(shift)
    shift.record = (duels, score) => {
      const centred = record(duels, score)
      const own = this.#own.get(duels)
      if (own !== undefined) {
        own.lately += (centred - own.lately) / latestDuels
        own.lost += ((score > 0 ? 1 : 0) - own.lost) / latestDuels
      }
      return centred
    }
    const dismiss = shift.dismiss.bind(shift)
    shift.dismiss = (duels, now) => {
      dismiss(duels, now)
      this.#dismissed(duels, now)
    }
    const renew = this.#detector.renew.bind(this.#detector)
    this.#detector.renew = (records, now) => {
      const report = renew(records, now)
      this.#logSlowness = Math.log(Math.max(0.05, report.ratio))
      return report
    }
  }

  /** The evidence begins anew, as the detector's own does. */
  #dismissed(record: DuelRecord, now: number): void {
    const own = this.#own.get(record)
    if (own === undefined) return
    own.lately = 0
    own.lost = 0.5
    own.dismissedAt = now
    own.duelsAtDismissal = record.duels
  }
}
