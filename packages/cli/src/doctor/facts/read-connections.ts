import { printable } from '@hale/core'
import type { ConnectionFacts } from './database-facts.ts'

/** As the question names it; a limit below 0 is none. */
export interface ConnectionRow {
  readonly max: number
  readonly reserved: number
  readonly used: number
  readonly role_limit: number
  readonly role_used: number
  readonly database_limit: number
  readonly database_used: number
  readonly by_application: readonly {
    readonly application: string
    readonly connections: number
    readonly idle: number
  }[]
}

/** `seesAll`: whether the role may tell clients from other processes. */
export function toConnections(row: ConnectionRow, seesAll: boolean): ConnectionFacts {
  const limit = (given: number): number | undefined => (given < 0 ? undefined : given)
  return {
    max: row.max,
    reserved: row.reserved,
    used: seesAll ? row.used : undefined,
    free: seesAll ? Math.max(0, row.max - row.reserved - row.used) : undefined,
    roleLimit: limit(row.role_limit),
    roleUsed: row.role_used,
    databaseLimit: limit(row.database_limit),
    databaseUsed: row.database_used,
    byApplication: row.by_application.map(({ application, connections, idle }) => ({
      application: printable(application) || '(no name)',
      connections,
      idle: seesAll ? idle : undefined,
    })),
  }
}
