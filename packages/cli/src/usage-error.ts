/** The command line makes no sense. Its message is shown as it is, so it never holds what was typed as a URL. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}
