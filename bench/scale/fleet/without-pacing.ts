// The one look behind the door of a package, as the model of bench/soak has one too: no option takes this out.
import { OpeningPace } from '../../../packages/pg/src/pool/opening-pace.ts'

/** The pause after an opening that failed, ms: what many a retry loop has, always the same. */
const PAUSE_MS = 250

type Members = Pick<OpeningPace, 'permits' | 'failed' | 'succeeded' | 'failures' | 'nextAttemptAt'>

/**
 * Has Hale's pools open as many connections at once as they have callers, and again 250 ms after a failure: no
 * window, no growing pauses, no jitter. Without any pause the simulation would never end. Returns what puts the
 * pacing back.
 */
export function takePacingOut(): () => void {
  const states = new WeakMap<OpeningPace, { failures: number; nextAttemptAt: number }>()
  const stateOf = (pace: OpeningPace): { failures: number; nextAttemptAt: number } => {
    const known = states.get(pace) ?? { failures: 0, nextAttemptAt: 0 }
    states.set(pace, known)
    return known
  }
  return replacePacing({
    permits(this: OpeningPace, now) {
      return now >= stateOf(this).nextAttemptAt
    },
    failed(this: OpeningPace, now) {
      const state = stateOf(this)
      if (now < state.nextAttemptAt) return
      state.failures += 1
      state.nextAttemptAt = now + PAUSE_MS
    },
    succeeded(this: OpeningPace) {
      Object.assign(stateOf(this), { failures: 0, nextAttemptAt: 0 })
    },
    get failures(): number {
      return stateOf(this as unknown as OpeningPace).failures
    },
    get nextAttemptAt(): number {
      return stateOf(this as unknown as OpeningPace).nextAttemptAt
    },
  })
}

function replacePacing(members: Members): () => void {
  const { prototype } = OpeningPace
  const own = Object.getOwnPropertyDescriptors(prototype)
  Object.defineProperties(prototype, Object.getOwnPropertyDescriptors(members))
  return () => {
    Object.defineProperties(prototype, own)
  }
}
