import {
  startPostgres,
  startStandby,
  type TestPostgres,
  type TestStandby,
  waitFor,
} from '@hale/testkit'
import { withAdmin } from '../ledger.ts'

/** The server of a run, and its standby where the plan has a promotion. */
export class Servers {
  // `current` is the one that accepts writes. Once `standby` is promoted it is `current`, and there is none.
  current: TestPostgres
  readonly #started: TestPostgres[]
  #standby: TestStandby | undefined

  static async start(options: { readonly hasStandby: boolean }): Promise<Servers> {
    const primary = await startPostgres({ ignoreEnvironment: true, settings })
    if (!options.hasStandby) return new Servers(primary, undefined)
    try {
      // it is to follow again at once after its primary was restarted
      const retry = { wal_retrieve_retry_interval: '200ms' }
      return new Servers(primary, await startStandby(primary, { settings: retry }))
    } catch (error) {
      await primary.stop()
      throw error
    }
  }

  private constructor(primary: TestPostgres, standby: TestStandby | undefined) {
    this.current = primary
    this.#standby = standby
    this.#started = standby === undefined ? [primary] : [primary, standby]
  }

  /**
   * Shuts the primary down, and promotes the standby. A primary that follows an orderly shutdown sends all that
   * it has acknowledged to a standby that is connected, so that nothing may be lost.
   */
  async promote(): Promise<void> {
    const standby = this.#standby
    if (standby === undefined) throw new Error('there is no standby')
    await waitFor(() => this.#isFollowed(), {
      describe: 'the standby to follow',
      timeoutMs: 15_000,
    })
    await this.current.halt('fast')
    await standby.promote()
    this.#standby = undefined
    this.current = standby
  }

  async #isFollowed(): Promise<boolean> {
    const text = "select from pg_stat_replication where state = 'streaming'"
    return withAdmin(this.current, async (admin) => (await admin.query(text)).rowCount === 1)
  }

  async stop(): Promise<void> {
    for (const server of this.#started.toReversed()) await server.stop()
  }
}

/** Deadlocks of transfers are found while their callers still wait. */
const settings = { deadlock_timeout: '100ms' }
