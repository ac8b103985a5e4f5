import type { Scenario } from '../scenario.ts'
import { drizzle, kysely } from './adapters.ts'
import { lease } from './lease.ts'
import { client, loopbackQuery, query } from './query.ts'
import { cancelled, waiters } from './waiters.ts'

/** The scenarios in which the contenders do the same work side by side. */
export const scenarios: readonly Scenario[] = [
  lease,
  query,
  client,
  loopbackQuery,
  waiters,
  cancelled,
  kysely,
  drizzle,
]
