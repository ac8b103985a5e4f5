import type { Mutant } from './mutant.ts'
import type { Suite } from './suites.ts'

const deadlines: Suite = {
  project: 'integration',
  path: 'packages/pg/test/tap/query-deadline.integration.test.ts',
}
const cancels: Suite = {
  project: 'integration',
  path: 'packages/pg/test/pool/overdue-statements.integration.test.ts',
}

/** Bugs in how long callers wait for an answer. */
export const deadlineMutants: readonly Mutant[] = [
  {
    name: 'leave query_timeout to pg',
    file: 'tap/wire-tap.ts',
    find: 'const isOurs = timeoutMs !== undefined && canTime(client, args[0])',
    replace: 'const isOurs = false',
    suite: deadlines,
  },
  {
    name: 'count the time in which the process stood still against a query',
    file: 'tap/query-deadline.ts',
    find: 'startDeadline(deadline.time, deadline.timeoutMs, () => {',
    replace:
      '((ms, fn) => { const timer = setTimeout(fn, ms); return () => clearTimeout(timer) })(deadline.timeoutMs, () => {',
    suite: deadlines,
  },
  {
    name: 'send what its caller has given up before it was sent',
    file: 'tap/query-deadline.ts',
    find: 'if (queued >= 0) client._queryQueue.splice(queued, 1)',
    replace: '',
    suite: deadlines,
  },
  {
    name: 'time only the first query of a client',
    file: 'tap/query-deadline.ts',
    find: 'parameters.query_timeout = givenMs',
    replace: '',
    suite: deadlines,
  },
  {
    name: 'leave running what its caller has given up',
    file: 'tap/wire-tap.ts',
    find: 'if (isRunning) wire.overdueAt = time.now()',
    replace: '',
    suite: cancels,
  },
]
