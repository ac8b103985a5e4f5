import fc from 'fast-check'
import type { TargetSessionAttrs } from '../../src/target-server.ts'
import type { WorldOptions } from './engine-world.ts'
import type { FakeClient } from './fake-client.ts'

/** A 'connect' listener that sends something. */
function greet(client: FakeClient): void {
  client.query('SET x', () => {})
}

/** Small pools of every kind: what is rare in a large one happens all the time. */
export const anyWorld: fc.Arbitrary<WorldOptions> = fc.record({
  max: fc.integer({ min: 1, max: 4 }),
  min: fc.integer({ min: 0, max: 1 }),
  maxLifetimeMs: fc.constantFrom(1_000, 5_000, 60_000),
  idleTimeoutMillis: fc.constantFrom(0, 300, 10_000),
  overlap: fc.constantFrom<(0 | 1)[]>(0, 1, 1),
  hygiene: fc.constantFrom<('discard-all' | false)[]>(false, false, 'discard-all'),
  opening: fc.constantFrom({}, { outageToleranceMs: 500 }),
  leakDetection: fc.constantFrom({}, { afterMs: 400 }, { afterMs: 400, reclaim: true }),
  endTimeoutMs: fc.constantFrom<(number | false)[]>(false, 0, 700),
  health: fc.constantFrom({}, { bypassWindowMs: 0 }, { probeIntervalMs: 100, bypassWindowMs: 50 }),
  onConnect: fc.constantFrom(
    () => {},
    () => {},
    greet,
  ),
  hosts: fc.constantFrom<WorldOptions['hosts'][]>(
    undefined,
    undefined,
    [{ host: 'a' }, { host: 'b' }],
    [{ host: 'a' }, { host: 'b' }, { host: 'c' }],
  ),
  targetSessionAttrs: fc.constantFrom<TargetSessionAttrs[]>('any', 'any', 'read-write', 'standby'),
  queryTimeoutMs: fc.constantFrom(0, 50, 300),
  seed: fc.nat(),
})
