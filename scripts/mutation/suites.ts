/** Tests that are run with a deliberate bug. */
export interface Suite {
  /** Vitest's name of the project. */
  readonly project: string
  /** The test files, by the start of their path. */
  readonly path: string
}

/** The unit tests of the engine, the model among them. */
export const engineSuite: Suite = { project: 'unit', path: 'packages/pg' }

/** The conformance suite as each adapter runs it. */
export const conformance = {
  pg: { project: 'integration', path: 'packages/pg/test/conformance.integration.test.ts' },
} as const satisfies Readonly<Record<string, Suite>>
