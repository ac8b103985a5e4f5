import type pg from 'pg'
import type { HealthAwarePool } from '../../src/index.ts'
import { Holders, type TagTable } from './stress-world.ts'

/** What a caller was told of a tag, or what it did to it. */
export type TagFate = 'acknowledged' | 'unacknowledged' | 'undone'

/** A way to use the pool; `tag` is written by at most one statement of it. */
type Pattern = (tag: string) => Promise<void>

/**
 * Callers that use a pool in all the ways that an application does, good ones and bad ones, drawn by
 * `random`. Each text that is sent bears its tag, so that none occurs twice unless it was sent twice.
 */
export class ChaosCallers {
  readonly fates = new Map<string, TagFate>()
  readonly holders = new Holders()
  /** Clients that were lent inside a transaction. */
  lentInTransaction = 0
  calls = 0
  isOver = false
  readonly #pool: HealthAwarePool
  readonly #table: TagTable
  readonly #random: () => number
  readonly #patterns: readonly Pattern[]

  constructor(pool: HealthAwarePool, table: TagTable, random: () => number) {
    this.#pool = pool
    this.#table = table
    this.#random = random
    this.#patterns = [
      (tag) => this.#writeAtOnce(tag),
      (tag) => this.#writeOnClient(tag),
      (tag) => this.#transact(tag, 'commit'),
      (tag) => this.#transact(tag, 'rollback'),
      (tag) => this.#transact(tag, 'abandon'),
      (tag) => this.#failStatement(tag),
      (tag) => this.#releaseBusy(tag),
      (tag) => this.#releaseUnused(tag),
    ]
  }

  async run(caller: number): Promise<void> {
    for (let n = 0; !this.isOver; n += 1) {
      const pattern = this.#patterns[Math.floor(this.#random() * this.#patterns.length)]
      await pattern?.(`${caller}-${n}`).catch(() => {}) // what a caller was told is in `fates`
      this.calls += 1
    }
  }

  tagsOf(fate: TagFate): string[] {
    return [...this.fates].filter(([, each]) => each === fate).map(([tag]) => tag)
  }

  async #writeAtOnce(tag: string): Promise<void> {
    this.fates.set(tag, 'unacknowledged')
    await this.#pool.query(this.#table.insert(tag))
    this.fates.set(tag, 'acknowledged')
  }

  async #writeOnClient(tag: string): Promise<void> {
    await this.#lease(tag, async (client) => {
      this.fates.set(tag, 'unacknowledged')
      await client.query(this.#table.insert(tag))
      this.fates.set(tag, 'acknowledged')
    })
  }

  async #transact(tag: string, end: 'commit' | 'rollback' | 'abandon'): Promise<void> {
    await this.#lease(tag, async (client) => {
      await client.query(`begin /* ${tag} */`)
      this.fates.set(tag, 'undone')
      await client.query(this.#table.insert(tag))
      if (end === 'abandon') return // released inside its transaction
      if (end === 'commit') this.fates.set(tag, 'unacknowledged')
      const { command } = await client.query(`${end} /* ${tag} */`)
      if (command === 'COMMIT') this.fates.set(tag, 'acknowledged')
    })
  }

  async #failStatement(tag: string): Promise<void> {
    if (this.#random() < 0.5) await this.#pool.query(`select 1 / 0 /* ${tag} */`)
    else await this.#lease(tag, (client) => client.query(`select 1 / 0 /* ${tag} */`))
  }

  async #releaseBusy(tag: string): Promise<void> {
    let running: Promise<unknown> = Promise.resolve()
    await this.#lease(tag, async (client) => {
      running = client.query(`select pg_sleep(0.05) /* ${tag} */`)
      running.catch(() => {})
    })
    await running
  }

  async #releaseUnused(tag: string): Promise<void> {
    const client = await this.#pool.connect()
    this.holders.take(client, tag)
    const error = this.#random() < 0.2 ? new Error('of the application') : undefined
    this.holders.release(client, error)
  }

  async #lease(tag: string, use: (client: pg.PoolClient) => Promise<unknown>): Promise<void> {
    const client = await this.#pool.connect()
    this.holders.take(client, tag)
    const status = client.getTransactionStatus()
    if (status === 'T' || status === 'E') this.lentInTransaction += 1
    try {
      await use(client)
    } finally {
      this.holders.release(client)
    }
  }
}
