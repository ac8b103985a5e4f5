import type { PoolableClient } from '../pool/poolable-client.ts'
import type { PoolerName, PoolMode } from '../server-snapshot.ts'
import { greet } from './greeting.ts'
import { SentinelSession, type SessionPorts } from './session.ts'

/** How often both clients are asked which backend they have. */
const ROUNDS = 3

/** PgBouncer's own words, which no PostgreSQL says. */
const pgBouncer = /^unsupported startup parameter/

export interface PoolerPorts extends SessionPorts {
  /** A client that asks for a setting which no pooler passes on. */
  createOddClient(): PoolableClient
}

/**
 * Which pooler stands in front of the server: PgBouncer refuses a session that asks for a setting it does
 * not know, before it asks for a password. It notes that in its log, so this is asked once.
 */
export async function nameOf(ports: PoolerPorts): Promise<PoolerName> {
  try {
    const odd = await SentinelSession.open({ ...ports, createClient: ports.createOddClient })
    odd.close()
    return 'unknown'
  } catch (error) {
    return pgBouncer.test((error as Error).message) ? 'pgbouncer' : 'unknown'
  }
}

/**
 * Whether two clients that are both open get one backend, or one client gets several: then backends are
 * lent for a transaction, or a statement, at a time. `undefined` when that could not be asked.
 */
export async function modeOf(
  session: SentinelSession,
  ports: SessionPorts,
): Promise<PoolMode | undefined> {
  let other: SentinelSession | undefined
  try {
    other = await SentinelSession.open(ports)
    const ours = new Set<number>()
    const theirs = new Set<number>()
    for (let round = 0; round < ROUNDS; round += 1) {
      ours.add((await greet(session)).backendPid)
      theirs.add((await greet(other)).backendPid)
    }
    const isShared = ours.size > 1 || theirs.size > 1 || [...ours].some((pid) => theirs.has(pid))
    return isShared ? 'transaction' : 'session'
  } catch {
    return undefined
  } finally {
    other?.close()
  }
}
