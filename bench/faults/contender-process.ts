import { setTimeout as pause } from 'node:timers/promises'
import { openContender } from '../contenders/open-contender.ts'
import { runErrand } from './errands.ts'
import {
  type Errand,
  type FromContender,
  now,
  type ProcessTask,
  type ToContender,
} from './messages.ts'
import { rootMessage, Workload } from './workload.ts'

/** One contender at work, in a process of its own: what kills it kills nobody else. */

const tellEveryMs = 20
const slotsWithinMs = 5_000
const goodbyeMs = 1_000

const task = JSON.parse(process.argv[2] ?? '{}') as ProcessTask
const told: FromContender[] = []

process.on('disconnect', () => process.exit(1)) // never outlives its parent
process.on('SIGINT', () => {}) // Ctrl-C goes to the whole group; the parent decides
process.on('uncaughtExceptionMonitor', (error) => {
  told.push({ type: 'dying', error: error.message })
  flush()
})
setInterval(flush, tellEveryMs).unref()

const subject = await openContender(task.contender, {
  ...task.options,
  onNoticed: (what) => told.push({ type: 'noticed', at: now(), what }),
})
const workload = new Workload(subject, task.contender, {
  began: (id, operation) => told.push({ type: 'began', id, operation }),
  ended: (id, operation) => told.push({ type: 'ended', id, operation }),
})
let errands = 0
process.on('message', (message: ToContender) => void obey(message))
await countSlots() // every connection is open before the first fault
told.push({ type: 'ready' })
flush()

async function obey(message: ToContender): Promise<void> {
  switch (message.type) {
    case 'go':
      workload.go()
      return
    case 'rest':
      await workload.rest()
      told.push({ type: 'rested' })
      return
    case 'errand':
      await run(message.errand)
      return
    case 'count slots':
      told.push({ type: 'slots', slots: await countSlots() })
      return
    case 'stop':
      await Promise.race([subject.close().catch(() => {}), pause(goodbyeMs)])
      told.push({ type: 'stopped' })
      flush()
      process.exit(0)
  }
}

async function run(errand: Errand): Promise<void> {
  errands += 1
  try {
    await runErrand(subject, errand, `${task.contender}-errand-${errands}`)
    told.push({ type: 'errand ended' })
  } catch (error) {
    told.push({ type: 'errand ended', error: rootMessage(error) })
  }
}

/**
 * How many backends answer at the same time. Some may still have to be opened, which can take longer than
 * the others are busy: what is not there at the third look is not there.
 */
async function countSlots(): Promise<number> {
  let most = 0
  for (let look = 0; look < 3 && most < task.options.max; look++) {
    most = Math.max(most, await countAtOnce())
  }
  return most
}

async function countAtOnce(): Promise<number> {
  const backends = new Set<unknown>()
  const askOne = async (): Promise<void> => {
    const [row] = await subject.query('select pg_backend_pid() as pid from pg_sleep(0.5)')
    backends.add(row?.['pid'])
  }
  const all = Array.from({ length: task.options.max }, () => askOne().catch(() => {}))
  await Promise.race([Promise.all(all), pause(slotsWithinMs)])
  return backends.size
}

function flush(): void {
  if (told.length > 0 && process.connected) process.send?.(told.splice(0))
}
