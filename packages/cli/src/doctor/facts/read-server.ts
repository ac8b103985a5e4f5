import { printable } from '@hale/core'
import type { ServerFacts } from './database-facts.ts'

/** As the question names it. */
interface ServerRow {
  readonly version: number
  readonly version_text: string
  readonly in_recovery: boolean
  readonly is_read_only: boolean
  readonly uptime_ms: number
  readonly sees_all: boolean
  readonly is_superuser: boolean
}

export function toServer(answer: unknown): ServerFacts {
  const row = answer as ServerRow
  return {
    version: row.version,
    versionText: printable(row.version_text),
    role: row.in_recovery ? 'standby' : 'primary',
    isReadOnly: row.is_read_only,
    uptimeMs: row.uptime_ms,
    seesAll: row.sees_all,
    isSuperuser: row.is_superuser,
  }
}
