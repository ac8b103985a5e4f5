// Real PostgreSQL behind a network that can break, the API, and whoever asks it. This and the story know
// Hale's testkit: neither belongs into an application.
import assert from 'node:assert/strict'
import type { AddressInfo } from 'node:net'
import { HealthAwarePool } from '@hale/pg'
import { createFaultProxy, type FaultProxy, startPostgres, waitFor } from '@hale/testkit'
import { createTables, dropTables } from './schema.ts'
import type { RunningServer } from './serve.ts'

export type Start = (connectionString: string) => Promise<RunningServer>

/** Where the story happens. */
export interface Stage extends AsyncDisposable {
  readonly url: string
  /** Settles when the API has stopped. */
  readonly stopped: Promise<void>
  /** The way from the API to the server. */
  readonly network: FaultProxy
  /** The server gets the next COMMIT and carries it out; its answer never arrives. */
  loseAnswerToCommit(): void
  /** Sends a request such as `GET /accounts`, shows the answer, and expects it to have that status. */
  ask(status: number, route: string, body?: object, key?: string): Promise<void>
  /** Ends all of the API's sessions. */
  killBackends(): Promise<void>
  /** Runs `use` while nobody can read accounts, or until it unlocks them. */
  whileLocked(use: (unlock: () => Promise<unknown>) => Promise<void>): Promise<void>
  /** Resolves once a query of the API waits for a lock, or none does. */
  untilWaiting(isWaiting: boolean): Promise<unknown>
}

const ofTheApi = `from pg_stat_activity where application_name = 'bank'`

/** Starts PostgreSQL, what breaks the way to it, and the API. */
export async function setStage(start: Start): Promise<Stage> {
  const postgres = await startPostgres()
  let losesAnswer = false
  const network = await createFaultProxy(postgres, {
    onStatement(link, text) {
      if (!losesAnswer || text.toLowerCase() !== 'commit') return
      losesAnswer = false
      link.cutAnswer()
    },
  })
  const admin = new HealthAwarePool({ connectionString: postgres.connectionString })
  await admin.query(dropTables)
  await admin.query(createTables)
  const { server, stopped } = await start(network.connectionString(postgres.connectionString))
  const { port } = server.address() as AddressInfo
  const url = `http://localhost:${port}`

  return {
    url,
    stopped,
    network,
    loseAnswerToCommit() {
      losesAnswer = true
    },
    ask: (status, ...request) => ask(url, status, ...request),
    async killBackends() {
      await admin.query(`select pg_terminate_backend(pid) ${ofTheApi}`)
    },
    async whileLocked(use) {
      await using lease = await admin.lease()
      await lease.client.query('begin; lock table bank_account')
      await use(() => lease.client.query('rollback')) // an open transaction is rolled back anyway
    },
    async untilWaiting(isWaiting) {
      const text = `select ${ofTheApi} and wait_event_type = 'Lock'`
      const isSo = async () => ((await admin.query(text)).rowCount !== 0) === isWaiting
      return waitFor(isSo, { describe: `queries of the API wait: ${isWaiting}` })
    },
    async [Symbol.asyncDispose]() {
      await admin.query(dropTables)
      await admin.end()
      await network.close()
      await postgres.stop()
    },
  }
}

async function ask(url: string, status: number, route: string, body?: object, key?: string) {
  const [method = '', path] = route.split(' ')
  const response = await fetch(url + path, {
    method,
    headers: { 'content-type': 'application/json', ...(key && { 'idempotency-key': key }) },
    ...(body && { body: JSON.stringify(body) }),
  })
  const retryAfter = response.headers.get('retry-after')
  const later = retryAfter === null ? '' : ` (retry after ${retryAfter} s)`
  console.log(`${route} → ${response.status} ${await response.text()}${later}`)
  assert.equal(response.status, status)
}
