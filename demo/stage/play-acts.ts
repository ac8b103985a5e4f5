import { setTimeout as pause } from 'node:timers/promises'
import { now } from '../clock.ts'
import type { Progress } from '../report/progress.ts'
import { type Act, acts, type Stage, type Strike } from './acts.ts'
import type { ContenderProcess } from './contender-process.ts'
import { type ActsOutcome, outcomeOfAct } from './outcome.ts'
import { contenderNames, forBoth, type PerContender } from './per-contender.ts'
import { countUnfinished } from './shop-database.ts'

/** Spans around the faults, ms: the first fill of the pools, each act's calm start, its aftermath. */
const spans = {
  full: { warmUpMs: 1_500, beforeMs: 2_000, afterMs: 1_500 },
  quick: { warmUpMs: 800, beforeMs: 1_000, afterMs: 500 },
} as const

type Contenders = PerContender<ContenderProcess>

interface Direction {
  readonly quick: boolean
  readonly progress: Progress
}

/** Plays the acts one after the other; each undoes its fault, so that the next one starts sound. */
export async function playActs(
  contenders: Contenders,
  stage: Stage,
  direction: Direction,
): Promise<ActsOutcome> {
  const { progress, quick } = direction
  progress.watch(() => contenderNames.map((name) => contenders[name].record))
  await pause(spans[quick ? 'quick' : 'full'].warmUpMs, undefined, { signal: stage.signal })
  requirePlainText(contenders)
  const outcomes = []
  for (const act of acts) outcomes.push(await playAct(act, contenders, stage, direction))
  progress.watch(undefined)
  return outcomes
}

async function playAct(
  act: Act,
  contenders: Contenders,
  stage: Stage,
  { progress, quick }: Direction,
): Promise<ActsOutcome[number]> {
  const { beforeMs, afterMs } = spans[quick ? 'quick' : 'full']
  const wait = (ms: number): Promise<void> =>
    pause(Math.max(0, ms), undefined, { signal: stage.signal })
  await forBoth((name) => contenders[name].whenReady())
  progress.title(act.title)
  const beganAt = now()
  await wait(beforeMs)
  const struckFrom = now()
  const strikes = await forBoth((name) => act.strike(contenders[name], stage))
  for (const name of contenderNames) progress.fact(name, describeStrikes(strikes[name]))
  const struckAt = Math.min(...contenderNames.map((name) => strikes[name][0]?.at ?? struckFrom))
  await wait(struckAt + (quick ? act.quickMs : act.lastsMs) - now())
  const undoneAt = now()
  const lastUses = await forBoth(async (name) => lastUseOf(act, contenders[name], strikes[name]))
  for (const name of contenderNames) contenders[name].proxy.all.restore()
  await wait(afterMs)
  const times = { beganAt, struckAt, undoneAt, endedAt: now() }
  const outcomes = await forBoth(async (name) => {
    const { record, schema } = contenders[name]
    const strayOrders = await countUnfinished(stage.admin, schema)
    return outcomeOfAct(record, times, {
      strikes: strikes[name],
      lastUsedAt: lastUses[name],
      strayOrders,
    })
  })
  for (const name of contenderNames) progress.act(name, outcomes[name])
  return { id: act.id, title: act.title, lastedMs: undoneAt - struckAt, outcomes }
}

function describeStrikes(strikes: readonly Strike[]): string {
  const processIds = [...new Set(strikes.map(({ processId }) => processId))]
  if (processIds.length === 0) return 'struck: nothing, there was nobody to strike'
  const [plural, shown] = [processIds.length > 1 ? 's' : '', processIds.slice(0, 5).join(', ')]
  return `struck: backend${plural} ${shown}${processIds.length > 5 ? ', …' : ''}`
}

function lastUseOf(
  act: Act,
  { record }: ContenderProcess,
  strikes: readonly Strike[],
): number | undefined {
  const [strike] = strikes
  return act.breaksLink && strike !== undefined
    ? record.lastUsedAt.get(strike.processId)
    : undefined
}

/** @throws {Error} when the proxy cannot see the pids of the backends */
function requirePlainText(contenders: Contenders): void {
  const isBlind = contenderNames.some((name) =>
    contenders[name].proxy.links.every(({ processId }) => processId === undefined),
  )
  if (isBlind)
    throw new Error('the demo needs a connection without TLS; add sslmode=disable to DATABASE_URL')
}
