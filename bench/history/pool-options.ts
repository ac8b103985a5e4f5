import type { HealthAwarePoolOptions, Hygiene } from '@hale/pg'
import { createSeededRandom } from '@hale/testkit'

/**
 * Options of the pool under test, drawn from the seed: small or large, verified always or seldom, recycled in
 * seconds. All bounds are short, so that many of them are met within a minute.
 */
export function drawPoolOptions(seed: number) {
  const random = createSeededRandom(seed ^ 0x5eed)
  const oneOf = <const Choice>(choices: readonly [Choice, ...Choice[]]): Choice =>
    choices[Math.floor(random() * choices.length)] ?? choices[0]
  return {
    max: oneOf([3, 6, 10]),
    min: oneOf([0, 2]),
    connectionTimeoutMillis: oneOf([500, 1_500, 3_000]),
    idleTimeoutMillis: oneOf([500, 10_000]),
    query_timeout: oneOf([0, 2_500]),
    statement_timeout: 3_000,
    lock_timeout: 1_500,
    idle_in_transaction_session_timeout: 5_000,
    maxUses: oneOf([Number.POSITIVE_INFINITY, 200]),
    health: {
      bypassWindowMs: oneOf([0, 50, 500]),
      probeTimeoutMs: oneOf([300, 1_000]),
      probeIntervalMs: oneOf([500, 5_000]),
      cleanupTimeoutMs: oneOf([300, 1_000]),
    },
    recycling: {
      maxLifetimeMs: oneOf([2_000, 5_000, 30_000]),
      jitterRatio: 0.3,
      overlap: oneOf([1, 1, 0]),
    },
    opening: { outageToleranceMs: oneOf([500, 5_000]) },
    hygiene: oneOf<false | Hygiene>([false, 'reset-all', 'discard-all']),
  } satisfies HealthAwarePoolOptions
}
