import { createFaultProxy, startPostgres, type TestPostgres } from '@hale/testkit'
import pg from 'pg'
import { now } from '../clock.ts'
import type { ContenderName } from '../contender/messages.ts'
import type { Progress } from '../report/progress.ts'
import type { Stage } from './acts.ts'
import { closeShop } from './close-shop.ts'
import { ContenderProcess } from './contender-process.ts'
import { createContenderRecord } from './contender-record.ts'
import type { DemoOutcome } from './outcome.ts'
import { forBoth } from './per-contender.ts'
import { playActs } from './play-acts.ts'
import { createShop, dropShop } from './shop-database.ts'

export interface PlayOptions {
  readonly quick: boolean
  readonly signal: AbortSignal
  readonly progress: Progress
}

type Cleanups = (() => Promise<unknown>)[]

/**
 * Plays the whole demo: both contenders at the same time, so that whatever else the machine does hits
 * them alike, each in its own process, behind its own proxy and on its own tables. Leaves nothing behind,
 * however it ends.
 */
export async function play({ quick, signal, progress }: PlayOptions): Promise<DemoOutcome> {
  const startedAt = now()
  const cleanups: Cleanups = []
  try {
    progress.line('PostgreSQL is starting')
    const postgres = await startPostgres()
    cleanups.push(() => postgres.stop())
    signal.throwIfAborted()
    const admin = await connectAdmin(postgres, cleanups)
    const { rows } = await admin.query<{ server_version: string }>('show server_version')
    const serverVersion = rows[0]?.server_version ?? 'of unknown version'
    const contenders = await forBoth((name) => setUp(name, { postgres, admin, cleanups, progress }))
    signal.throwIfAborted()
    await forBoth((name) => contenders[name].start())
    progress.line(
      `PostgreSQL ${serverVersion} ${postgres.embedded ? '(embedded)' : '(yours)'}, the shop is open`,
    )
    const stage: Stage = { admin, signal }
    const acts = await playActs(contenders, stage, { quick, progress })
    const run = await closeShop(contenders, stage, progress)
    return { wallMs: now() - startedAt, serverVersion, quick, acts, run }
  } finally {
    progress.watch(undefined)
    for (const cleanup of cleanups.reverse()) await cleanup().catch(() => {}) // the first error counts
  }
}

/** A connection past the proxies, for what the audience does. */
async function connectAdmin(postgres: TestPostgres, cleanups: Cleanups): Promise<pg.Client> {
  const { connectionString } = postgres
  const admin = new pg.Client({ connectionString, application_name: 'hale_demo' })
  admin.on('error', () => {}) // the statement it was asked for fails too, and says more
  await admin.connect()
  cleanups.push(() => admin.end())
  return admin
}

async function setUp(
  name: ContenderName,
  given: {
    readonly postgres: TestPostgres
    readonly admin: pg.Client
    readonly cleanups: Cleanups
    readonly progress: Progress
  },
): Promise<ContenderProcess> {
  const { postgres, admin, cleanups, progress } = given
  const schema = `hale_demo_${process.pid}_${name}`
  cleanups.push(() => dropShop(admin, schema))
  await createShop(admin, schema)
  const record = createContenderRecord()
  const proxy = await createFaultProxy(postgres, {
    onStatement({ processId }, text) {
      const isProbe = text === '' // nobody's work
      if (processId !== undefined && !isProbe) record.lastUsedAt.set(processId, now())
    },
  })
  cleanups.push(() => proxy.close())
  const { connectionString } = postgres
  const onCrash = (reason: string): void =>
    progress.fact(name, `the process DIED: ${reason}. Restarted`)
  const contender = new ContenderProcess({ name, schema, proxy, record, connectionString, onCrash })
  cleanups.push(async () => contender.kill())
  return contender
}
