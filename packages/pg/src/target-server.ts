import { isIP } from 'node:net'
import { type OptionProblems, OptionReader } from '@hale/core'

/** Which server a pool wants, in libpq's terms. */
export type TargetSessionAttrs = 'any' | 'primary' | 'read-write' | 'standby'

/** Where a server listens. */
export interface ServerAddress {
  /** A name, an address or, beginning with `/`, the folder of a Unix socket. Resolved at each opening. */
  readonly host: string
  /** 1 to 65_535. @default the port of `connectionString`, else PGPORT, else 5432 */
  readonly port?: number
}

/** Which server is dialled, and which of several is taken. */
export interface TargetServerOptions {
  /**
   * Servers, dialled in this order until one takes the connection and fits `targetSessionAttrs`. One that
   * did not is left out for 30 s, or until a connection is lost, a role changes, or none is left; one that
   * gives no answer for 1 s comes last for 10 s. Each has its equal share of the time for one opening. A
   * wrong password ends the search, as in libpq. Takes the place of the host of `connectionString`, whose
   * user, password, database and ssl stay; not to be given together with `host` or `port`. Read once;
   * `pool.options` names the one that was reached last.
   */
  readonly hosts?: readonly ServerAddress[]
  /**
   * - `read-write`: no hot standby, and not read-only by default (`default_transaction_read_only`)
   * - `primary`: no hot standby
   * - `standby`: a hot standby
   * - `any`: whatever answers
   *
   * A connection to another server is never lent. PostgreSQL 14 and later tell their role by themselves,
   * also when it changes; older ones are asked once per opening. While no server fits that counts as an
   * outage: callers wait for as long as they would for a server that is down.
   * @default 'any'
   */
  readonly targetSessionAttrs?: TargetSessionAttrs
}

/** {@link TargetServerOptions} with nothing left open. */
export interface TargetServer {
  /** Empty: the one that the pool's other options name. */
  readonly hosts: readonly ServerAddress[]
  readonly targetSessionAttrs: TargetSessionAttrs
}

const choices: readonly TargetSessionAttrs[] = ['read-write', 'primary', 'standby', 'any']

/** The target with defaults filled in, frozen. Everything that is wrong goes to `problems`. */
export function resolveTargetServer(options: object, problems: OptionProblems): TargetServer {
  const reader = new OptionReader('', options, problems)
  const targetSessionAttrs = reader.oneOf('targetSessionAttrs', choices, 'any')
  const hosts = reader.list('hosts')?.map(readAddress)
  if (hosts !== undefined) {
    for (const [index, { host }] of hosts.entries()) {
      if (!host.includes(':') || isIP(host) !== 0 || host.startsWith('/')) continue
      problems.add(`hosts[${index}].host`, host, 'a name or an address, and its port as port')
    }
    for (const name of ['host', 'port']) reader.refuse(name, 'hosts is given too')
  }
  return Object.freeze({ hosts: Object.freeze(hosts ?? []), targetSessionAttrs })
}

function readAddress(reader: OptionReader): ServerAddress {
  const host = reader.text('host', 'required') ?? ''
  const port = reader.number('port', { min: 1, max: 65_535, integer: true }, 0)
  reader.rejectUnknown()
  return Object.freeze({ host, ...(port !== 0 && { port }) })
}
