import type { Suite } from './suites.ts'

/** A deliberate bug: the one place in `file` that reads `find` reads `replace` instead. */
export interface Mutant {
  /** What the bug does, as an order to whoever would write it. */
  readonly name: string
  /** Below `src` of the package. */
  readonly file: string
  readonly find: string
  readonly replace: string
  /** Folder below `packages`. @default 'pg' */
  readonly package?: string
  /** The tests that have to catch it. @default `engineSuite` */
  readonly suite?: Suite
}
