import { classifyFault } from '@hale/core'

/** A dashboard could not be read. Its message says why and what to do, in words of our own. */
export class DashboardUnreadableError extends Error {
  override readonly name = 'DashboardUnreadableError'
  /** Whether it may be different later: nobody answered, or it was too busy. */
  readonly isPassing: boolean

  constructor(message: string, isPassing: boolean, options?: ErrorOptions) {
    super(message, options)
    this.isPassing = isPassing
  }

  static ofStatus(status: number): DashboardUnreadableError {
    const told = byStatus[status]
    if (told !== undefined) return new DashboardUnreadableError(`${told} (${status})`, false)
    return new DashboardUnreadableError(
      `the dashboard answers ${status}`,
      status >= 500 || status === 429,
    )
  }
}

const byStatus: Readonly<Record<number, string>> = {
  401: 'the dashboard wants to know who asks: see --header',
  403: 'the dashboard does not let us in: see its `authorize`, and `allowRemote` for other hosts; --header sends what it wants to see',
  404: 'there is no dashboard at this URL: it is the one that the dashboard is mounted at',
  301: 'the URL leads somewhere else: give the one that it leads to',
  302: 'the URL leads somewhere else, as to a sign-in: see --header',
  307: 'the URL leads somewhere else: give the one that it leads to',
  308: 'the URL leads somewhere else: give the one that it leads to',
}

/** What answers is something else. */
export function notADashboard(why: string): DashboardUnreadableError {
  return new DashboardUnreadableError(`this is no dashboard of Hale's: ${why}`, false)
}

export function toUnreadable(error: unknown): DashboardUnreadableError {
  if (error instanceof DashboardUnreadableError) return error
  const { name } = error as Error
  if (name === 'TimeoutError') {
    return new DashboardUnreadableError('the dashboard is silent', true, { cause: error })
  }
  const { kind } = classifyFault(error)
  const told =
    kind === 'connection_refused'
      ? 'nobody listens there'
      : `the dashboard cannot be reached (${kind})`
  return new DashboardUnreadableError(told, true, { cause: error })
}
