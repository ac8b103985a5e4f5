import type { PartPlan } from '../figure.ts'
import { allocation } from './allocation.ts'
import { memory } from './memory.ts'
import { overhead } from './overhead.ts'
import { size } from './size.ts'
import { start } from './start.ts'
import { sweep } from './sweep.ts'
import {
  adapters,
  contenders,
  eventLoop,
  lease,
  leases,
  loopback,
  observed,
  query,
  tracing,
} from './work-parts.ts'

/** In the order in which they run and are told. */
export const parts: readonly PartPlan[] = [
  query,
  loopback,
  tracing,
  observed,
  contenders,
  adapters,
  lease,
  leases,
  allocation,
  memory,
  eventLoop,
  overhead,
  sweep,
  start,
  size,
]
