import { answerParent, taskOfParent } from '../../child.ts'
import { openSubject, type QuickSubject } from '../open-subject.ts'
import type { PlainName } from '../speed-name.ts'

/** A fresh process that serves as soon as it can. */
export interface StartTask {
  readonly name: PlainName
  readonly connectionString: string
  readonly max: number
}

/** What passed until then, ms. */
export interface Started {
  /** Loading the packages */
  readonly importMs: number
  /** Then making the pool and running one statement */
  readonly firstMs: number
  /** Then until `max` callers have a connection each, and have run a statement on it */
  readonly allMs: number
}

const task = taskOfParent<StartTask>()
answerParent<object, Started>(start, async () => {})

/** As an application loads it; OpenTelemetry before pg, which its own module sees to. */
const modules: Readonly<Record<PlainName, () => Promise<unknown>>> = {
  'hale-pg': () => import('@hale/pg'),
  'hale-kysely': async () => [
    await import('kysely'),
    await import('@hale/kysely'),
    await import('@hale/pg'),
  ],
  'hale-drizzle': async () => [
    await import('drizzle-orm'),
    await import('@hale/drizzle'),
    await import('@hale/pg'),
  ],
  'pg-pool': () => import('pg'),
  'pg-pool again': () => import('pg'),
  kysely: async () => [await import('kysely'), await import('pg')],
  drizzle: async () => [await import('drizzle-orm'), await import('drizzle-orm/node-postgres')],
  'postgres-pool': () => import('postgres-pool'),
  slonik: () => import('slonik'),
  'postgres-js': () => import('postgres'),
  knex: async () => [await import('knex'), await import('pg')],
  opentelemetry: () => import('../traced-pool.ts'),
}

async function start(): Promise<Started> {
  const { name, ...options } = task
  const startedAt = performance.now()
  await modules[name]()
  const loadedAt = performance.now()
  const subject = await openSubject(name, options)
  await subject.query('select 1')
  const servedAt = performance.now()
  await serveAll(subject, options.max)
  const allAt = performance.now()
  await subject.close()
  return {
    importMs: loadedAt - startedAt,
    firstMs: servedAt - loadedAt,
    allMs: allAt - servedAt,
  }
}

/** Nobody lets go before everybody was served. */
async function serveAll(subject: QuickSubject, callers: number): Promise<void> {
  let missing = callers
  let serve = (): void => {}
  const allServed = new Promise<void>((resolve) => {
    serve = resolve
  })
  const use: Parameters<QuickSubject['withConnection']>[0] = async (send) => {
    await send('select 1')
    missing -= 1
    if (missing === 0) serve()
    await allServed
    return undefined as never
  }
  await Promise.all(Array.from({ length: callers }, () => subject.withConnection(use)))
}
