import {
  type ConformanceAbortable,
  type ConformanceRow,
  type ConformanceSubject,
  type ConformanceTransaction,
  type ConformanceTransactionSettings,
  type ConformanceUse,
  testConformance,
} from '@hale/testkit/conformance'
import { type AbortableQueryOptions, type ControlledTransaction, Kysely, sql } from 'kysely'
import Cursor from 'pg-cursor'
import { vi } from 'vitest'
import { HealthAwareDialect } from '../src/index.ts'
import { hasAbort, tellsAbortedCommits } from './kysely-features.ts'

vi.spyOn(console, 'error').mockImplementation(() => {}) // Kysely prints what fails after an abort

type Database = Record<string, never>

/** What both builders of transactions have in common. */
interface Configurable<Builder> {
  setIsolationLevel(level: 'serializable'): Builder
  setAccessMode(mode: 'read only'): Builder
}

const shared = {
  streams: true,
  hooks: ['onCreateConnection', 'onReserveConnection'],
  ...(tellsAbortedCommits && {
    isTransactionAborted: (error: unknown) => (error as Error).name === 'AbortedTransactionError',
  }),
}
const peer = process.env['HALE_PEER'] ?? 'kysely-0.29'

testConformance({
  ...shared,
  name: peer,
  aborts: hasAbort
    ? [
        { name: 'ignore query', cancels: false },
        { name: 'cancel query', cancels: true },
        { name: 'kill session', cancels: true },
      ]
    : [],
  open: (settings, hooks) => createSubject(openDialect(settings, hooks)),
})

testConformance({
  ...shared,
  name: `${peer}, with controlled transactions`,
  nests: true,
  open: (settings, hooks) => createControlledSubject(openDialect(settings, hooks)),
})

function openDialect(pool: object, hooks: object): HealthAwareDialect {
  return new HealthAwareDialect({ pool, cursor: Cursor, ...hooks })
}

function createSubject(
  dialect: HealthAwareDialect,
  db: Kysely<Database> = new Kysely<Database>({ dialect }),
): ConformanceSubject {
  return {
    pool: dialect.pool,
    query: (text) => run(db, text),
    transaction: (use, settings = {}) =>
      withSettings(db.transaction(), settings).execute((trx) =>
        use({ query: (text) => run(trx, text) }),
      ),
    stream: (text, chunkSize) => selection(db, text).stream(chunkSize),
    abortable: (strategy) => abortableOn(db, strategy),
    close: () => db.destroy(),
  }
}

function abortableOn(db: Kysely<Database>, strategy: string): ConformanceAbortable {
  const under = (signal: AbortSignal): AbortableQueryOptions => ({
    signal,
    inflightQueryAbortStrategy: strategy as 'cancel query',
  })
  return {
    query: (text, signal) => run(db, text, under(signal)),
    transaction: (use, signal) =>
      db.transaction().execute((trx) => use({ query: (text) => run(trx, text, under(signal)) })),
    stream: (text, chunkSize, signal) => selection(db, text).stream({ chunkSize, signal }),
  }
}

/** Transactions as an application without a callback writes them, and savepoints, which only these have. */
function createControlledSubject(dialect: HealthAwareDialect): ConformanceSubject {
  const db = new Kysely<Database>({ dialect }) // the same for all: each has a pool of its own
  const subject = createSubject(dialect, db)
  return {
    ...subject,
    async transaction<Result>(
      use: ConformanceUse<Result>,
      settings: ConformanceTransactionSettings = {},
    ): Promise<Result> {
      const trx = await withSettings(db.startTransaction(), settings).execute()
      try {
        const result = await use(controlled(trx, 1))
        await trx.commit().execute()
        return result
      } catch (error) {
        await trx.rollback().execute()
        throw error
      }
    },
  }
}

function controlled(
  trx: ControlledTransaction<Database, string[]>,
  depth: number,
): ConformanceTransaction {
  return {
    query: (text) => run(trx, text),
    async nested(use) {
      const name = `sp${depth}`
      const saved = await trx.savepoint(name).execute()
      try {
        const result = await use(controlled(saved, depth + 1))
        await saved.releaseSavepoint(name).execute()
        return result
      } catch (error) {
        await saved
          .rollbackToSavepoint(name)
          .execute()
          .catch(() => {})
        throw error
      }
    },
  }
}

function withSettings<Builder extends Configurable<Builder>>(
  builder: Builder,
  { isolationLevel, accessMode }: ConformanceTransactionSettings,
): Builder {
  const levelled = isolationLevel ? builder.setIsolationLevel(isolationLevel) : builder
  return accessMode ? levelled.setAccessMode(accessMode) : levelled
}

async function run(
  db: Kysely<Database>,
  text: string,
  options?: AbortableQueryOptions,
): Promise<readonly ConformanceRow[]> {
  const { rows } = await sql.raw<ConformanceRow>(text).execute(db, options)
  return rows
}

/** A stream needs a query of Kysely's own. */
function selection(db: Kysely<Database>, text: string) {
  return db.selectFrom(sql<ConformanceRow>`(${sql.raw(text)})`.as('selection')).selectAll()
}
