import { type ConnectOptions, connect } from './connect.ts'
import type { DatabaseFacts } from './database-facts.ts'
import type { DoctorSession } from './doctor-session.ts'

/** How often both sessions are asked which backend they have. */
const ROUNDS = 3

/** No setting of PostgreSQL's own, so only a pooler minds it. */
const oddOptions = '-c hale.doctor=on'

/** PgBouncer's own words, which no PostgreSQL says. */
const pgBouncer = /^unsupported startup parameter/

const backendPid = 'pg_catalog.pg_backend_pid()'

/**
 * What stands between, as the pool's sentinel finds it: a pooler gives its client a number of its own, not that
 * of a backend. With a second session for a moment, which tells for how long a client keeps its backend.
 */
export async function findPooler(
  session: DoctorSession,
  options: ConnectOptions,
): Promise<DatabaseFacts['pooler']> {
  const ownPid = Number(await session.ask(backendPid))
  const { processID } = session.client as { processID?: number | null }
  if (ownPid === processID) return undefined
  return { name: await nameOf(options), mode: await modeOf(session, options) }
}

async function nameOf(options: ConnectOptions): Promise<'pgbouncer' | 'unknown'> {
  try {
    const { session } = await connect({ ...options, options: oddOptions })
    await session.close()
    return 'unknown'
  } catch (error) {
    return pgBouncer.test((error as Error).message) ? 'pgbouncer' : 'unknown'
  }
}

async function modeOf(
  session: DoctorSession,
  options: ConnectOptions,
): Promise<'session' | 'transaction' | undefined> {
  let other: DoctorSession | undefined
  try {
    other = (await connect(options)).session
    const ours = new Set<unknown>()
    const theirs = new Set<unknown>()
    for (let round = 0; round < ROUNDS; round += 1) {
      ours.add(await session.ask(backendPid))
      theirs.add(await other.ask(backendPid))
    }
    const isShared = ours.size > 1 || theirs.size > 1 || [...ours].some((pid) => theirs.has(pid))
    return isShared ? 'transaction' : 'session'
  } catch {
    return undefined // a pooler with no room for a second session, most likely
  } finally {
    await other?.close()
  }
}
