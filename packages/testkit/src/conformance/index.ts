import { describe } from 'vitest'
import { testAborts } from './aborts.ts'
import type { ConformanceAdapter } from './adapter.ts'
import { testBegins } from './begins.ts'
import { testCommits } from './commits.ts'
import { testConcurrency } from './concurrency.ts'
import { testHooks } from './hooks.ts'
import { testKills } from './kills.ts'
import { testMixedFaults } from './mixed-faults.ts'
import { testOutcomes } from './outcomes.ts'
import { testRollbacks } from './rollbacks.ts'
import { testStreams } from './streams.ts'
import { setUpWorld } from './world.ts'

export type {
  ConformanceAbortable,
  ConformanceAbortStrategy,
  ConformanceAdapter,
  ConformancePool,
  ConformancePoolSettings,
  ConformanceRow,
  ConformanceSubject,
  ConformanceTransaction,
  ConformanceTransactionSettings,
  ConformanceUse,
} from './adapter.ts'
export { causesOf } from './errors.ts'

/**
 * Declares the tests that every adapter has to pass, on real PostgreSQL behind the fault proxy. After each of
 * them: every slot is there, every lease ended exactly once and no client was lent twice at a time, no
 * write and no COMMIT was sent twice, no error was left unhandled.
 */
export function testConformance(adapter: ConformanceAdapter): void {
  describe(`conformance of ${adapter.name}`, () => {
    const world = setUpWorld(adapter)
    testOutcomes(world)
    testBegins(world)
    testRollbacks(world)
    testCommits(world)
    testKills(world)
    testAborts(world)
    testHooks(world)
    testStreams(world)
    testConcurrency(world)
    testMixedFaults(world)
  })
}
