import { createHealthAwareClient, drizzle, type HealthAwareDatabase } from '@hale/drizzle'
import {
  type ConformanceRow,
  type ConformanceSubject,
  type ConformanceTransaction,
  testConformance,
} from '@hale/testkit/conformance'
import { npmVersion } from 'drizzle-orm/version'

type Use = Parameters<HealthAwareDatabase['transaction']>[0]
type Transaction = Parameters<Use>[0]

testConformance({
  name: `drizzle-orm ${npmVersion}`,
  nests: true,
  ownsSavepoints: true,
  open: (settings) => createSubject(drizzle({ client: createHealthAwareClient(settings) })),
})

function createSubject(db: HealthAwareDatabase): ConformanceSubject {
  return {
    pool: db.$client,
    query: (text) => rowsOf(db, text),
    transaction: (use, settings) => db.transaction((tx) => use(transactionOn(tx)), settings),
    close: async () => {},
  }
}

function transactionOn(tx: Transaction): ConformanceTransaction {
  return {
    query: (text) => rowsOf(tx, text),
    nested: (use) => tx.transaction((nested) => use(transactionOn(nested))),
  }
}

async function rowsOf(
  executor: Pick<HealthAwareDatabase, 'execute'>,
  text: string,
): Promise<readonly ConformanceRow[]> {
  const { rows } = await executor.execute<Record<string, unknown>>(text)
  return rows
}
