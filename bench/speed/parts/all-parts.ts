import type { PartPlan } from '../figure.ts'
import { adapters, contenders, eventLoop, lease, leases, loopback, query } from './work-parts.ts'

/** In the order in which they run and are told. */
export const parts: readonly PartPlan[] = [
  query,
  loopback,
  contenders,
  adapters,
  lease,
  leases,
  eventLoop,
]
