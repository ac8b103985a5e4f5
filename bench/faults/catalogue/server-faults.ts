import { setTimeout as pause } from 'node:timers/promises'
import type { ContenderRun } from '../contender-run.ts'
import { type Fault, type Strike, strikeAtAll, strikeAtSome, toEach } from '../fault.ts'
import { reconnectAdmin, type Stage } from '../stage.ts'

type Strikes = ReadonlyMap<ContenderRun, Strike>

/** Nobody can connect while `act` lasts, as where no process listens; what is open goes as `act` has it. */
async function whileRefusing(
  runs: readonly ContenderRun[],
  stage: Stage,
  act: () => Promise<void>,
): Promise<Strikes> {
  const alive = runs.filter(({ isAlive }) => isAlive)
  const strikes = new Map(alive.map((run) => [run, strikeAtAll(run)]))
  await Promise.all(runs.map((run) => run.proxy.refuse()))
  await act()
  await Promise.all(runs.map((run) => run.proxy.refuse(false)))
  await reconnectAdmin(stage)
  return strikes
}

const outageMs = 10_000
const limitedMs = 5_000

const back = 'callers wait for a connection while openings are tried again, at most 4 s apart'
const resumed = { detectMs: 1_000, healMs: 10_000, stallMs: 10_000, because: back }

export const serverFaults: readonly Fault[] = [
  {
    id: 'restart-fast',
    title: 'the server restarts (fast)',
    what: 'the server ends its sessions and starts again; connecting is refused meanwhile',
    answer: 'what was under way is told; callers wait while openings are tried again',
    promised: resumed,
    watchMs: 12_000,
    strike: (runs, stage) => whileRefusing(runs, stage, () => stage.server.restart('fast')),
  },
  {
    id: 'restart-immediate',
    title: 'the server restarts (immediate)',
    what: 'the server dies without a word and recovers from its log; connecting is refused meanwhile',
    answer: 'what was under way is told; callers wait while openings are tried again',
    promised: resumed,
    watchMs: 12_000,
    strike: (runs, stage) => whileRefusing(runs, stage, () => stage.server.restart('immediate')),
  },
  {
    id: 'down-10s',
    title: `the server is down for ${outageMs / 1_000} s`,
    what: 'the server is stopped, and started again after 10 s; connecting is refused meanwhile',
    answer:
      'callers wait within their deadline; an outage that is confirmed is told at once to newcomers',
    promised: {
      detectMs: 1_000,
      healMs: outageMs + 8_000,
      stallMs: outageMs + 5_000,
      because: 'the outage itself, and then at most 4 s until the next opening is tried',
    },
    watchMs: outageMs + 12_000,
    strike: (runs, stage) =>
      whileRefusing(runs, stage, async () => {
        await stage.server.halt('fast')
        await pause(outageMs)
        await stage.server.restart()
      }),
  },
  {
    id: 'too-many-connections',
    title: 'too many connections',
    what: 'the user may have 3 connections, the others are terminated, and openings are refused (53300) for 5 s',
    answer: 'callers share what is open; openings are tried again, one at a time',
    promised: { detectMs: 1_000, healMs: 10_000, stallMs: 5_000, because: back },
    watchMs: limitedMs + 8_000,
    async strike(runs, stage) {
      const strikes = await toEach((run) => limit(run, stage))(runs, stage)
      await pause(limitedMs)
      for (const run of runs) await setLimit(run, stage, -1)
      return strikes
    },
  },
  {
    id: 'promotion',
    title: 'a standby is promoted',
    what: 'the primary dies, its standby is promoted, and the address leads to it; connecting is refused meanwhile',
    answer: 'what was under way is told; callers wait, and write on the new primary',
    promised: resumed,
    surroundings: 'standby',
    watchMs: 15_000,
    strike: (runs, stage) =>
      whileRefusing(runs, stage, async () => {
        const { standby } = stage
        if (standby === undefined) throw new Error('there is no standby')
        await stage.server.halt('immediate')
        await standby.promote()
        stage.current = standby
        for (const { proxy } of runs) proxy.setUpstream(standby)
      }),
  },
  {
    id: 'pgbouncer-restart',
    title: 'PgBouncer restarts',
    what: 'the PgBouncer in between ends with all of its connections, and starts again',
    answer: 'what was under way is told; callers wait while openings are tried again',
    promised: resumed,
    surroundings: 'pgbouncer',
    watchMs: 10_000,
    strike: (runs, stage) =>
      whileRefusing(runs, stage, async () => stage.pgbouncer?.restart('immediate')),
  },
]

async function setLimit({ account }: ContenderRun, { admin }: Stage, most: number): Promise<void> {
  await admin.query(`alter role ${account.user} connection limit ${most}`)
}

/** Leaves the contender three idle connections at most. */
async function limit(run: ContenderRun, stage: Stage): Promise<Strike> {
  const links = run.workLinks().slice(3)
  const strike = strikeAtSome(run, links)
  await setLimit(run, stage, 3)
  const pids = links.map(({ processId }) => processId)
  await stage.admin.query('select pg_terminate_backend(pid) from unnest($1::int[]) pid', [pids])
  return strike
}
