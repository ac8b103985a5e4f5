import { headroomCheck } from './checks/headroom.ts'
import { lostClientsCheck } from './checks/lost-clients.ts'
import { networkCheck } from './checks/network.ts'
import { poolerCheck } from './checks/pooler.ts'
import { privilegesCheck } from './checks/privileges.ts'
import { roleCheck } from './checks/role.ts'
import { serverVersionCheck } from './checks/server-version.ts'
import { sessionsCheck } from './checks/sessions.ts'
import { timeoutsCheck } from './checks/timeouts.ts'
import { tlsCheck } from './checks/tls.ts'
import type { DatabaseFacts } from './facts/database-facts.ts'
import { bySeverity, type Check, type Finding } from './finding.ts'

/** What hurts now comes before what may hurt. */
export const checks: readonly Check[] = [
  sessionsCheck,
  headroomCheck,
  roleCheck,
  networkCheck,
  tlsCheck,
  poolerCheck,
  serverVersionCheck,
  timeoutsCheck,
  lostClientsCheck,
  privilegesCheck,
]

/** What all checks find, the most severe first. */
export function examine(facts: DatabaseFacts): readonly Finding[] {
  return checks.flatMap((check) => check.examine(facts)).sort(bySeverity)
}
