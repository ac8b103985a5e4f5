import { setTimeout as pause } from 'node:timers/promises'
import { now } from '../clock.ts'
import type { Progress } from '../report/progress.ts'
import type { Stage } from './acts.ts'
import type { ContenderProcess } from './contender-process.ts'
import { acknowledgedTags, outcomeOfRun, type RunOutcome } from './outcome.ts'
import { forBoth, type PerContender } from './per-contender.ts'
import { checkLedger, isDeserted } from './shop-database.ts'

/** How long the server may take to end what is left of a contender, ms. */
const DESERTED_MS = 3_000
const POLL_MS = 20

/** Stops both contenders, waits until nothing of theirs is uncommitted, and checks the data. */
export async function closeShop(
  contenders: PerContender<ContenderProcess>,
  { admin, signal }: Stage,
  progress: Progress,
): Promise<PerContender<RunOutcome>> {
  progress.title('the shop closes: counting the stock')
  await forBoth((name) => contenders[name].stop())
  return forBoth(async (name) => {
    const { record, schema, proxy } = contenders[name]
    const { query, execute } = proxy.counters
    await proxy.close()
    const deadlineAt = now() + DESERTED_MS
    while (now() < deadlineAt && !(await isDeserted(admin, schema)))
      await pause(POLL_MS, undefined, { signal })
    const ledger = await checkLedger(admin, schema, acknowledgedTags(record.operations))
    const outcome = outcomeOfRun(record, query + execute, ledger)
    progress.ledger(name, outcome)
    return outcome
  })
}
