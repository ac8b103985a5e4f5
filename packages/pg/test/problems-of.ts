import { OptionsError } from '@hale/core'
import { resolvePoolOptions } from '../src/options.ts'

/** What is wrong with these options, each as one line; nothing where they are right. */
export function problemsOf(options: unknown): readonly string[] {
  try {
    resolvePoolOptions(options)
    return []
  } catch (error) {
    if (!(error instanceof OptionsError)) throw error
    return error.problems.map(
      ({ option, value, expected }) => `${option}: ${expected}, not ${value}`,
    )
  }
}
