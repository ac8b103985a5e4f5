import { setTimeout as pause } from 'node:timers/promises'
import type { Subject } from '../contenders/contender.ts'
import { type Errand, leftOpenEnding, now } from './messages.ts'
import { insertOf } from './workload.ts'

/** Rejects with whatever the contender tells the caller. */
export async function runErrand(subject: Subject, errand: Errand, tag: string): Promise<void> {
  switch (errand.kind) {
    case 'run long':
      await subject.withConnection((send) =>
        send(`select pg_sleep(${errand.ms / 1_000}) /* errand */`),
      )
      return
    case 'hold transaction':
      await subject.transaction(async (send) => {
        await send(`select pg_backend_pid() /* errand */`)
        await pause(errand.ms)
        await send('select 1 /* errand */')
      })
      return
    case 'commit slowly':
      await subject.transaction((send) => send(`insert into slow_commits values ('${tag}')`))
      return
    case 'leave open':
      await subject.withConnection(async (send) => {
        await send('begin /* errand */')
        await send(insertOf(`${tag}${leftOpenEnding}`))
      })
      return
    case 'block':
      for (const until = now() + errand.ms; now() < until; );
      return
    default:
      errand satisfies never
  }
}
