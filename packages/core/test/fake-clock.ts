import type { Clock } from '../src/clock.ts'

/** A clock that only moves when told. */
export interface FakeClock extends Clock {
  advance(ms: number): void
}

export function createFakeClock(startAt: number = 1_000): FakeClock {
  let at = startAt
  return {
    now: () => at,
    advance: (ms) => {
      at += ms
    },
  }
}
