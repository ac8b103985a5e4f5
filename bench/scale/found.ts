import type { FailoverScenario } from './fleet/scenarios.ts'
import type { FleetFound } from './fleet/summarise.ts'
import type { Growth } from './growth/fit.ts'
import type { LoginCost } from './login-cost.ts'
import type { ServerModel } from './server/server-model.ts'

/** What a run of this bench found. */
export interface ScaleFound {
  readonly instances: number
  readonly seeds: number
  readonly callersPerSecond: number
  readonly deadlineMs: number
  readonly poolMax: number
  readonly maxConnections: number
  readonly model: ServerModel
  /** On this machine's own PostgreSQL, for comparison with the model's; `null` where there was none. */
  readonly login: LoginCost | null
  /** Slices of the series of attempts, ms. */
  readonly sliceMs: number
  readonly failovers: readonly {
    readonly scenario: FailoverScenario
    readonly fleets: readonly FleetFound[]
  }[]
  readonly growth: readonly Growth[]
}
