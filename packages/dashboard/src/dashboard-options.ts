import { OptionProblems, OptionReader } from '@hale/core'
import type { Authorize } from './access/authorization.ts'

/** Who may look, where the page is, and how much it remembers. */
export interface DashboardOptions {
  /**
   * Who may look, and who may also act: asked before anything is shown, and for each action with the
   * action. `false`, or an error that is thrown, shows nothing; `true` or `'view'` shows all but buttons;
   * `'operate'` has them. Required, as no default would be right for everybody. Told only of requests that
   * `allowRemote` lets through.
   */
  readonly authorize: Authorize
  /**
   * The path under which the server calls the handler with its URL left whole, as `/hale`. Where the server
   * strips the path itself, as Express's `app.use('/hale', …)` does, it stays `/`. @default '/'
   */
  readonly basePath?: string
  /** How long samples are remembered, ms. 60_000 to 86_400_000. @default 3_600_000 (1 h) */
  readonly historyMs?: number
  /**
   * Time between two samples, and between two updates of the page, ms. 500 to 60_000; at most 10_000 fit
   * into `historyMs`. @default 2_000
   */
  readonly intervalMs?: number
  /**
   * Whether requests from other machines are answered, those through a proxy included. Then `authorize` is
   * all that stands between a stranger and the page. @default false
   */
  readonly allowRemote?: boolean
  /** Event streams that are open at once; whoever comes later is told so. 1 to 1_000. @default 20 */
  readonly maxViewers?: number
}

export type DashboardPolicy = Readonly<Required<DashboardOptions>>

/** Each value with its reason. */
export const dashboardDefaults: Omit<DashboardPolicy, 'authorize'> = Object.freeze({
  basePath: '/', // what servers that strip the path leave
  historyMs: 3_600_000, // what came before an incident is on the page when somebody looks
  intervalMs: 2_000, // a person sees it as live; a snapshot per pool costs far less than a millisecond
  allowRemote: false, // the page shows statements and can replace connections
  maxViewers: 20, // more than a team has screens
})

const mostSamples = 10_000

const neededBecause =
  'a function that says who may look, as no default would be right: the page shows statements and can ' +
  'replace connections'

/** @throws {OptionsError} that names every problem at once */
export function resolveDashboardOptions(options: unknown): DashboardPolicy {
  const problems = new OptionProblems()
  const reader = new OptionReader('', options, problems)
  const authorize = reader.callback<Authorize>('authorize')
  const { historyMs, intervalMs, allowRemote, maxViewers } = dashboardDefaults
  const policy = {
    basePath: reader.text('basePath') ?? dashboardDefaults.basePath,
    historyMs: reader.number('historyMs', { min: 60_000, max: 86_400_000 }, historyMs),
    intervalMs: reader.number('intervalMs', { min: 500, max: 60_000 }, intervalMs),
    allowRemote: reader.boolean('allowRemote', allowRemote),
    maxViewers: reader.number('maxViewers', { min: 1, max: 1_000, integer: true }, maxViewers),
  }
  reader.rejectUnknown()
  checkTogether(policy, problems)
  const isToldOf = problems.all.some(({ option }) => option === 'authorize')
  if (authorize === undefined && !isToldOf) problems.add('authorize', undefined, neededBecause)
  problems.throwIfAny()
  return Object.freeze({ ...policy, authorize: authorize as Authorize }) // else it has just thrown
}

function checkTogether(
  { basePath, historyMs, intervalMs }: Omit<DashboardPolicy, 'authorize'>,
  problems: OptionProblems,
): void {
  if (!/^\/[^?#\\]*$/.test(basePath) || basePath.includes('//')) {
    problems.add('basePath', basePath, "a path that begins with '/', as '/hale'")
  }
  if (historyMs / intervalMs > mostSamples) {
    const most = intervalMs * mostSamples
    problems.add('historyMs', historyMs, `at most ${most} with an intervalMs of ${intervalMs}`)
  }
}
