import type { HealthEvent, HealthOptions } from '../src/index.ts'
import { ConnectionHealthMonitor, OptionProblems, resolveHealthOptions } from '../src/index.ts'
import { createFakeClock, type FakeClock } from './fake-clock.ts'

/** A monitor on a fake clock that writes down everything it publishes. */
export interface World {
  readonly clock: FakeClock
  readonly monitor: ConnectionHealthMonitor
  readonly events: HealthEvent[]
  /** Types of the events so far, in order. */
  types(): readonly string[]
  /** Five probes of each connection, `spacingMs` apart. */
  probe(rttMsByConnection: Readonly<Record<number, number>>, spacingMs?: number): void
}

export function createWorld(health?: HealthOptions): World {
  const clock = createFakeClock()
  const problems = new OptionProblems()
  const resolved = resolveHealthOptions(health, problems)
  problems.throwIfAny()
  const events: HealthEvent[] = []
  const mirror = { hears: () => true, publish: (event: HealthEvent) => void events.push(event) }
  const monitor = new ConnectionHealthMonitor({ clock, health: resolved, mirror })
  return {
    clock,
    monitor,
    events,
    types: () => events.map((event) => event.type),
    probe: (rttMsByConnection, spacingMs = 10) => {
      for (let round = 0; round < 5; round++) {
        clock.advance(spacingMs)
        for (const [id, rttMs] of Object.entries(rttMsByConnection)) {
          monitor.track(Number(id)).recordProbe(rttMs)
        }
      }
    },
  }
}
