/** Errors that would have ended a process which does not handle them. */
export interface WatchedProcess {
  start(): void
  /** What nobody handled since `start`, in words. */
  stop(): readonly string[]
}

/** Watches this process; leaves it to the test runner what becomes of the errors. */
export function createWatchedProcess(): WatchedProcess {
  let errors: string[] = []
  const record = (error: unknown): void => {
    errors.push(error instanceof Error ? `${error.name}: ${error.message}` : String(error))
  }
  return {
    start() {
      errors = []
      process.on('uncaughtExceptionMonitor', record)
      process.on('unhandledRejection', record)
    },
    stop() {
      process.off('uncaughtExceptionMonitor', record)
      process.off('unhandledRejection', record)
      return errors
    },
  }
}
