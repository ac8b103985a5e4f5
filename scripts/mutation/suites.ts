/** Tests that are run with a deliberate bug. */
export interface Suite {
  /** Vitest's name of the project. */
  readonly project: string
  /** The test files, by the start of their path. */
  readonly path: string
}

/** The unit tests of the engine, the model among them. */
export const engineSuite: Suite = { project: 'unit', path: 'packages/pg' }

const kyselyTests = 'packages/kysely/test/conformance.integration.test.ts'
const drizzleTests = 'packages/drizzle/test/both/conformance.integration.test.ts'

/** The conformance suite as each adapter runs it. */
export const conformance = {
  pg: { project: 'integration', path: 'packages/pg/test/conformance.integration.test.ts' },
  kysely: { project: 'integration', path: kyselyTests },
  kysely28: { project: 'integration:kysely-0.28', path: kyselyTests },
  kysely30: { project: 'integration:kysely-0.30', path: kyselyTests },
  drizzle: { project: 'integration', path: drizzleTests },
  drizzleV1: { project: 'integration:drizzle-1.0', path: drizzleTests },
} as const satisfies Readonly<Record<string, Suite>>
