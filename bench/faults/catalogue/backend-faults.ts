import { type FaultLink, type SuspendedProcess, suspendProcess, waitFor } from '@hale/testkit'
import type { ContenderRun } from '../contender-run.ts'
import { type Fault, type Strike, strikeAt, toEach } from '../fault.ts'
import { now } from '../messages.ts'
import type { Stage } from '../stage.ts'

async function kill(stage: Stage, link: FaultLink): Promise<void> {
  await stage.admin.query('select pg_terminate_backend($1)', [link.processId])
}

/** The errand's own failure is its caller's; the strike is what it does to everybody else. */
async function killErrand(
  run: ContenderRun,
  stage: Stage,
  isWhereItHurts: (link: FaultLink) => boolean,
  starts: (text: string) => boolean,
): Promise<Strike> {
  const link = await run.nextStatement(starts, () => {})
  await waitFor(() => isWhereItHurts(link), {
    describe: 'the errand to get there',
    timeoutMs: 5_000,
  })
  const strike = strikeAt(run, [link])
  await kill(stage, link)
  return { ...strike, unavoidable: () => 0 }
}

/**
 * In a transaction whose link has been busy that long: its COMMIT, as nothing else of it takes so long. The
 * text does not tell, since postgres.js prepares it once and then sends its name.
 */
function hasBeenBusy(ms: number): (link: FaultLink) => boolean {
  let since: number | undefined
  return (link) => {
    if (!link.isBusy || link.transactionStatus !== 'T') since = undefined
    else since ??= now()
    return since !== undefined && now() - since >= ms
  }
}

const killed = {
  detectMs: undefined,
  healMs: 1_000,
  stallMs: 1_000,
  because: 'the server says so in its last words, and the socket ends',
}

const suspended: SuspendedProcess[] = []

export const backendFaults: readonly Fault[] = [
  {
    id: 'killed-idle',
    title: 'a backend is killed while idle',
    what: 'the backend of a connection that nobody has borrowed is terminated',
    answer: 'its slot is free at once, nobody gets it any more',
    promised: killed,
    watchMs: 5_000,
    strike: toEach(async (run, stage) => {
      const link = await waitFor(
        () => run.workLinks().findLast((each) => !each.isBusy && each.transactionStatus === 'I'),
        { describe: 'an idle link', timeoutMs: 5_000 },
      )
      const strike = strikeAt(run, [link])
      await kill(stage, link)
      return { ...strike, unavoidable: () => 0 }
    }),
  },
  {
    id: 'killed-mid-query',
    title: 'a backend is killed mid-query',
    what: 'the backend that runs a statement of 3 s is terminated',
    answer: 'that caller is told, its connection is closed, nobody else notices',
    promised: killed,
    watchMs: 5_000,
    strike: toEach((run, stage) => {
      run.runErrand({ kind: 'run long', ms: 3_000 })
      return killErrand(
        run,
        stage,
        (link) => link.isBusy,
        (text) => text.includes('pg_sleep(3)'),
      )
    }),
  },
  {
    id: 'killed-in-transaction',
    title: 'a backend is killed idle in transaction',
    what: 'the backend of a transaction whose caller does something else is terminated',
    answer: 'that transaction rejects, and nothing else; the process goes on',
    promised: killed,
    watchMs: 5_000,
    strike: toEach((run, stage) => {
      run.runErrand({ kind: 'hold transaction', ms: 1_500 })
      return killErrand(
        run,
        stage,
        (link) => link.transactionStatus === 'T' && !link.isBusy,
        (text) => text.includes('pg_backend_pid() /* errand */'),
      )
    }),
  },
  {
    id: 'killed-mid-commit',
    title: 'a backend is killed mid-commit',
    what: 'the backend of a transaction whose COMMIT takes a second is terminated under it',
    answer:
      'the caller is told that the outcome is unknown (HALE_COMMIT_UNKNOWN), not that it failed',
    promised: killed,
    watchMs: 5_000,
    strike: toEach((run, stage) => {
      run.runErrand({ kind: 'commit slowly' })
      return killErrand(run, stage, hasBeenBusy(200), (text) => text.includes('slow_commits'))
    }),
  },
  {
    id: 'stopped-backend',
    title: 'a backend stands still',
    what: 'the backend of the connection that was used last is stopped (SIGSTOP): its socket stays open and answers nothing',
    answer:
      'asked before it is lent, or asked about on the server; the connection is given up, its caller is told',
    promised: {
      detectMs: 7_000,
      healMs: 8_000,
      stallMs: 7_000,
      because:
        'a backend that stopped under a statement looks at work to the server until `query_timeout`',
    },
    watchMs: 12_000,
    isNoticedByClosing: true,
    strike: toEach(async (run) => {
      const link = run.workLinks()[0]
      if (link?.processId === undefined) throw new Error(`${run.name} has no link`)
      const strike = strikeAt(run, [link])
      suspended.push(suspendProcess(link.processId))
      return { ...strike, unavoidable: () => 1 }
    }),
    async undo() {
      for (const backend of suspended.splice(0)) backend.resume()
    },
  },
]
