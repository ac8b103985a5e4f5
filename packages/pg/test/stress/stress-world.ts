import type { HealthEventType } from '@hale/core'
import { type TestPostgres, waitFor } from '@hale/testkit'
import pg from 'pg'
import type { HealthAwarePool, PoolCounts } from '../../src/index.ts'

/** Every wait of these tests, ms: far above what they take, so that no machine is too slow for them. */
export const boundMs = 50_000

const everyType = [
  'connection:opened',
  'connection:open-failed',
  'connection:leased',
  'connection:released',
  'connection:condemned',
  'connection:probed',
  'connection:retired',
  'connection:evicted',
  'connection:closed',
  'acquire:queued',
  'acquire:timed-out',
  'issue:raised',
  'issue:cleared',
  'assessment:changed',
  'sweep:finished',
  'server:changed',
  'breaker:opened',
  'breaker:closed',
  'pool:closed',
] as const satisfies readonly HealthEventType[]

/** What a pool told since it was watched. */
export interface PoolWatch {
  /** The largest size on any event. */
  readonly mostConnections: number
  /** How often an event came. */
  count(type: HealthEventType): number
}

/** Listens to every event, and looks at the pool's size on each. */
export function watchPool(pool: HealthAwarePool): PoolWatch {
  const counts = new Map<HealthEventType, number>()
  let mostConnections = 0
  for (const type of everyType) {
    pool.monitor.on(type, () => {
      counts.set(type, (counts.get(type) ?? 0) + 1)
      mostConnections = Math.max(mostConnections, pool.totalCount)
    })
  }
  return {
    get mostConnections() {
      return mostConnections
    },
    count: (type) => counts.get(type) ?? 0,
  }
}

/** What became of callers, in the order in which they were given. */
export interface Outcomes<Result> {
  readonly results: readonly Result[]
  readonly errors: readonly Error[]
}

/** Resolves when every caller has settled; one that never does makes this time out with their number. */
export async function settleAll<Result>(
  callers: readonly Promise<Result>[],
): Promise<Outcomes<Result>> {
  const results: Result[] = []
  const errors: Error[] = []
  for (const caller of callers) {
    caller.then(
      (result) => void results.push(result),
      (error: Error) => void errors.push(error),
    )
  }
  const isSettled = (): boolean => results.length + errors.length === callers.length
  await waitFor(isSettled, { describe: `${callers.length} callers to settle`, timeoutMs: boundMs })
  return { results, errors }
}

/** The pool's counts once nobody holds a client, waits for one, or left one to be cleaned. */
export async function countsAtRest(pool: HealthAwarePool): Promise<PoolCounts> {
  const isAtRest = (): boolean => {
    const { leased, waiting, cleaning, opening } = pool.snapshot().counts
    return leased + waiting + cleaning + opening === 0
  }
  await waitFor(isAtRest, { describe: 'the pool to be at rest', timeoutMs: boundMs })
  return pool.snapshot().counts
}

/** What `total` has to be, by the other counts. */
export function sumOf({ opening, idle, leased, probing, cleaning }: PoolCounts): number {
  return opening + idle + leased + probing + cleaning
}

/** A plain session beside the pool under test. */
export function createAdmin({ connectionString }: TestPostgres): pg.Pool {
  const admin = new pg.Pool({ connectionString, max: 1 })
  admin.on('error', () => {}) // pg.Pool's end() may resolve before its last client is gone
  return admin
}

export function pidOf(client: pg.PoolClient): number {
  return (client as unknown as { readonly processID: number }).processID
}

/** Who holds which client; holding one that somebody else holds is remembered as an overlap. */
export class Holders {
  readonly overlaps: string[] = []
  readonly #holders = new Map<pg.PoolClient, string>()

  take(client: pg.PoolClient, holder: string): void {
    const other = this.#holders.get(client)
    if (other !== undefined) this.overlaps.push(`${pidOf(client)}: ${other} and ${holder}`)
    this.#holders.set(client, holder)
  }

  /** Gives the client back; `error` as in pg. */
  release(client: pg.PoolClient, error?: Error): void {
    this.#holders.delete(client)
    client.release(error)
  }

  get size(): number {
    return this.#holders.size
  }
}

/** Tags in a table of the server, to be compared with what callers were told. */
export class TagTable {
  readonly #admin: pg.Pool
  readonly #name: string
  /** Without a unique index: a statement that ran twice must show as a second row, not as an error. */
  static async create(admin: pg.Pool, name: string): Promise<TagTable> {
    await admin.query(`drop table if exists ${name}; create table ${name} (tag text not null)`)
    return new TagTable(admin, name)
  }

  private constructor(admin: pg.Pool, name: string) {
    this.#admin = admin
    this.#name = name
  }

  /** The statement that writes `tag`; its text occurs once in the whole test. */
  insert(tag: string): string {
    return `insert into ${this.#name} values ('${tag}')`
  }

  /** How many rows each tag has. */
  async rowsByTag(): Promise<Map<string, number>> {
    const text = `select tag, count(*)::int as rows from ${this.#name} group by tag`
    const { rows } = await this.#admin.query<{ tag: string; rows: number }>(text)
    return new Map(rows.map(({ tag, rows: count }) => [tag, count]))
  }
}
