import { drizzle } from '@hale/drizzle'
import { HealthAwareDialect } from '@hale/kysely'
import { type HealthAwarePool, withHealthAwareTransaction } from '@hale/pg'
import { sql as drizzleSql } from 'drizzle-orm'
import { pgTable, text as textColumn } from 'drizzle-orm/pg-core'
import { Kysely, sql as kyselySql } from 'kysely'
import type { LayerName } from '../history.ts'
import { insertText } from '../ledger.ts'
import type { Row } from './operation.ts'

/** Where statements go: a pool, or one transaction. */
export interface Session {
  run(text: string): Promise<readonly Row[]>
  /** Writes a row with that tag, in the layer's own words. */
  insert(tag: string): Promise<readonly Row[]>
}

/** A way to use the pool. */
export interface Layer extends Session {
  readonly name: LayerName
  transaction(use: (session: Session) => Promise<void>): Promise<void>
}

/** All of them on one pool. */
export function createLayers(pool: HealthAwarePool): Readonly<Record<LayerName, Layer>> {
  return { plain: plainLayer(pool), kysely: kyselyLayer(pool), drizzle: drizzleLayer(pool) }
}

function plainLayer(pool: HealthAwarePool): Layer {
  const sessionOf = (source: Pick<HealthAwarePool, 'query'>): Session => ({
    run: async (text) => (await source.query<Row>(text)).rows,
    insert: async (tag) => (await source.query<Row>(insertText(tag))).rows,
  })
  return {
    name: 'plain',
    ...sessionOf(pool),
    transaction: (use) =>
      withHealthAwareTransaction(pool, (client) =>
        use(sessionOf(client as unknown as HealthAwarePool)),
      ),
  }
}

interface Tables {
  readonly entry: { readonly tag: string }
}

function kyselyLayer(pool: HealthAwarePool): Layer {
  const db = new Kysely<Tables>({ dialect: new HealthAwareDialect({ pool }) })
  const sessionOf = (source: Kysely<Tables>): Session => ({
    run: async (text) => (await kyselySql.raw<Row>(text).execute(source)).rows,
    insert: (tag) => {
      const values = { tag: kyselySql.lit(tag) } // a literal, so that the text has the tag
      return source.insertInto('entry').values(values).returning('tag').execute()
    },
  })
  return {
    name: 'kysely',
    ...sessionOf(db),
    transaction: (use) => db.transaction().execute((transaction) => use(sessionOf(transaction))),
  }
}

const entry = pgTable('entry', { tag: textColumn('tag').notNull() })

function drizzleLayer(pool: HealthAwarePool): Layer {
  const db = drizzle(pool)
  const sessionOf = (source: Pick<typeof db, 'execute' | 'insert'>): Session => ({
    run: async (text) => (await source.execute(drizzleSql.raw(text))).rows as readonly Row[],
    insert: async (tag) => {
      const values = { tag: drizzleSql.raw(`'${tag}'`) }
      return source.insert(entry).values(values).returning({ tag: entry.tag })
    },
  })
  return {
    name: 'drizzle',
    ...sessionOf(db),
    transaction: (use) => db.transaction((transaction) => use(sessionOf(transaction))),
  }
}
