import { setTimeout as pause } from 'node:timers/promises'
import { writeHeapSnapshot } from 'node:v8'
import { answerParent, taskOfParent } from '../../child.ts'
import type { Send } from '../../contenders/contender.ts'
import type { WeighQuestion } from '../../memory/weigh.ts'
import { openSubject } from '../open-subject.ts'
import type { PlainName } from '../speed-name.ts'

/** What a process is started with that opens connections and weighs itself. */
export interface RetainedTask {
  readonly name: PlainName
  readonly connectionString: string
  readonly max: number
}

/** Statements that each connection has run before it is weighed, and how often. */
const texts = Array.from({ length: 20 }, (_, n) => `select ${n} as c${n}`)
const repeats = 10
/** A sweep keeps an assessment of each connection. */
const sweptAfterMs = 600

const { name, ...options } = taskOfParent<RetainedTask>()
const subject = await openSubject(name, options)
answerParent(weigh, () => subject.close())

async function weigh({ connections, file }: WeighQuestion): Promise<void> {
  let missing = connections
  let open = (): void => {}
  const allOpen = new Promise<void>((resolve) => {
    open = resolve
  })
  const use = async (send: Send): Promise<void> => {
    missing -= 1
    if (missing === 0) open()
    await allOpen // held until there are so many
    await work(send)
  }
  await Promise.all(Array.from({ length: connections }, () => subject.withConnection(use)))
  await pause(sweptAfterMs)
  writeHeapSnapshot(file)
}

async function work(send: Send): Promise<void> {
  for (let repeat = 0; repeat < repeats; repeat += 1) {
    for (const text of texts) await send(text)
  }
}
