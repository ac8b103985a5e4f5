import type { HealthAwarePoolOptions } from '@hale/pg'

/**
 * What the pools of the demo have besides Hale's defaults: what takes a minute to be called a problem in an
 * application is told within seconds, so that a visitor need not wait.
 */
export const demoPoolOptions: HealthAwarePoolOptions = Object.freeze({
  max: 10,
  min: 4,
  idleTimeoutMillis: 300_000, // connections that come and go with the load would be noise beside the faults
  endTimeoutMs: 2_000,
  leakDetection: { afterMs: 5_000, callSites: 'always' },
  sentinel: { intervalMs: 500 },
  health: {
    thresholds: {
      idleInTransactionMs: { warning: 4_000 },
      blockedMs: { warning: 1_000 },
      blockingMs: { warning: 1_000 },
    },
  },
} satisfies HealthAwarePoolOptions)
