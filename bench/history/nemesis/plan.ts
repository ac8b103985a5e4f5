import { createSeededRandom } from '@hale/testkit'
import type { Fault, FaultStep, Target } from './fault.ts'

/** Draws of one run, from one generator. */
class Draws {
  readonly #random: () => number

  constructor(random: () => number) {
    this.#random = random
  }

  /** A whole number from `low` to `high`. */
  between(low: number, high: number): number {
    return low + Math.floor(this.#random() * (high - low + 1))
  }

  isLikely(ratio: number): boolean {
    return this.#random() < ratio
  }

  oneOf<Choice>(choices: readonly [Choice, ...Choice[]]): Choice {
    return choices[this.between(0, choices.length - 1)] ?? choices[0]
  }

  /** Some link or backend, rounded so that a printed plan is exact. */
  pick(): number {
    return this.between(0, 999) / 1_000
  }

  target(allRatio: number): Target {
    return this.isLikely(allRatio) ? 'all' : this.pick()
  }
}

interface Kind {
  readonly weight: number
  draw(draws: Draws): Fault
}

/** How long a fault may last, ms: some end within the acquire deadline, some outlast it. */
const longestMs = 4_000

const lasting = (draws: Draws): number => draws.between(100, longestMs)

/** What may happen at any time, with how often. */
const kinds: readonly Kind[] = [
  {
    weight: 4,
    draw: (draws) => ({
      kind: 'delay',
      target: draws.target(0.3),
      ms: draws.between(5, 400),
      jitterMs: draws.between(0, 100),
      forMs: lasting(draws),
    }),
  },
  {
    weight: 8,
    draw: (draws) => ({ kind: 'freeze', target: draws.target(0.15), forMs: lasting(draws) }),
  },
  {
    weight: 3,
    draw: (draws) => ({
      kind: 'throttle',
      target: draws.target(0.2),
      bytesPerSecond: draws.between(200, 20_000),
      forMs: lasting(draws),
    }),
  },
  { weight: 6, draw: (draws) => ({ kind: 'reset', target: draws.target(0.15) }) },
  { weight: 4, draw: (draws) => ({ kind: 'half-close', target: draws.target(0.1) }) },
  {
    weight: 5,
    draw: (draws) => ({
      kind: 'drop-after',
      target: draws.pick(),
      bytes: draws.between(0, 400),
      direction: draws.oneOf(['up', 'down']),
      action: draws.oneOf(['reset', 'freeze']),
      forMs: lasting(draws),
    }),
  },
  {
    weight: 12,
    draw: (draws) => ({
      kind: 'cut',
      command: draws.oneOf(['commit', 'commit', 'insert']),
      where: draws.oneOf(['statement', 'answer']),
      action: draws.oneOf(['reset', 'freeze']),
      forMs: lasting(draws),
    }),
  },
  {
    weight: 3,
    draw: (draws) => ({
      kind: 'refuse',
      how: draws.oneOf(['refused', 'reset']),
      forMs: draws.between(100, 2_500),
    }),
  },
  { weight: 6, draw: (draws) => ({ kind: 'terminate', target: draws.target(0.2) }) },
  { weight: 3, draw: (draws) => ({ kind: 'cancel', target: draws.target(0.5) }) },
  {
    weight: 5,
    draw: (draws) => ({ kind: 'suspend', target: draws.pick(), forMs: lasting(draws) }),
  },
  { weight: 3, draw: (draws) => ({ kind: 'block', ms: draws.between(50, 1_500) }) },
  { weight: 3, draw: (draws) => ({ kind: 'lock', forMs: draws.between(100, 2_000) }) },
  { weight: 2, draw: () => ({ kind: 'evict-all' }) },
  { weight: 5, draw: (draws) => ({ kind: 'recycle', target: draws.pick() }) },
  { weight: 3, draw: (draws) => ({ kind: 'resize', max: draws.between(1, 12) }) },
]
const totalWeight = kinds.reduce((sum, { weight }) => sum + weight, 0)

/** Between two server faults, ms: time to come back, and to be broken otherwise. */
const serverEveryMs = { least: 6_000, most: 15_000 }

/** A run that is shorter than this has no standby. */
const promotionFromMs = 20_000

/**
 * The faults of a run of `durationMs`, in order. Nothing but the arguments decides: the same seed and duration,
 * the same plan. Up to three happen at once.
 */
export function planFaults(seed: number, durationMs: number): readonly FaultStep[] {
  const draws = new Draws(createSeededRandom(seed))
  const steps: FaultStep[] = []
  for (let atMs = draws.between(200, 800); atMs < durationMs; atMs += draws.between(150, 1_500)) {
    const together = draws.oneOf([1, 1, 1, 2, 2, 3])
    for (let n = 0; n < together; n++) steps.push({ atMs, fault: drawFault(draws) })
  }
  steps.push(...planServerFaults(draws, durationMs))
  return steps.sort((one, other) => one.atMs - other.atMs)
}

function drawFault(draws: Draws): Fault {
  let left = draws.between(0, totalWeight - 1)
  for (const kind of kinds) {
    left -= kind.weight
    if (left < 0) return kind.draw(draws)
  }
  throw new Error('bug: weights')
}

/** Restarts now and then, of which one may be a promotion instead. */
function planServerFaults(draws: Draws, durationMs: number): readonly FaultStep[] {
  const { least, most } = serverEveryMs
  const steps: FaultStep[] = []
  for (
    let atMs = draws.between(2_000, most);
    atMs < durationMs;
    atMs += draws.between(least, most)
  ) {
    steps.push({ atMs, fault: { kind: 'restart', mode: draws.oneOf(['fast', 'immediate']) } })
  }
  const promoted = steps[draws.between(0, Math.max(0, steps.length - 1))]
  if (durationMs < promotionFromMs || promoted === undefined || draws.isLikely(0.5)) return steps
  return steps.map((step) =>
    step === promoted ? { atMs: step.atMs, fault: { kind: 'promote' } } : step,
  )
}
