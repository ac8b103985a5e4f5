import { setTimeout as pause } from 'node:timers/promises'
import { createSeededRandom } from '@hale/testkit'
import type { Send, Subject } from '../contenders/contender.ts'
import { now, type Operation, type OperationKind } from './messages.ts'

const callerCount = 6
/** Callers think this long between two operations, ms, so that the machine is never the limit. */
const thinkMs = { least: 15, most: 45 }
/** A transaction does something else meanwhile, ms. */
const pauseInTransactionMs = 3

/** Out of 100. */
const mix: readonly (readonly [OperationKind, number])[] = [
  ['read', 40],
  ['prepared read', 20],
  ['write', 20],
  ['transaction', 20],
]

export interface WorkloadEvents {
  began(id: number, operation: Operation): void
  ended(id: number, operation: Operation): void
}

/** Callers that each do one thing after the other; the same ones, with the same seeds, for every contender. */
export class Workload {
  readonly #subject: Subject
  readonly #prefix: string
  readonly #events: WorkloadEvents
  #callers: Promise<void>[] = []
  #isResting = false
  #lastId = 0

  constructor(subject: Subject, prefix: string, events: WorkloadEvents) {
    this.#subject = subject
    this.#prefix = prefix
    this.#events = events
  }

  go(): void {
    this.#isResting = false
    this.#callers = Array.from({ length: callerCount }, (_, caller) =>
      this.#call(createSeededRandom(caller + 1)),
    )
  }

  /** Resolves when every caller has ended its last operation. */
  async rest(): Promise<void> {
    this.#isResting = true
    await Promise.all(this.#callers)
  }

  async #call(random: () => number): Promise<void> {
    while (!this.#isResting) {
      await pause(thinkMs.least + (thinkMs.most - thinkMs.least) * random())
      await this.#operate(draw(random), Math.floor(random() * 100))
    }
  }

  async #operate(kind: OperationKind, row: number): Promise<void> {
    this.#lastId += 1
    const id = this.#lastId
    const tags = this.#tagsOf(kind, id)
    const operation = { kind, startedAt: now(), endedAt: undefined, tags }
    this.#events.began(id, operation)
    try {
      await this.#perform(kind, row, tags)
      this.#events.ended(id, { ...operation, endedAt: now() })
    } catch (error) {
      this.#events.ended(id, { ...operation, endedAt: now(), error: rootMessage(error) })
    }
  }

  #tagsOf(kind: OperationKind, id: number): readonly string[] {
    const tag = `${this.#prefix}-${id}`
    if (kind === 'write') return [tag]
    return kind === 'transaction' ? [`${tag}-a`, `${tag}-b`] : []
  }

  async #perform(kind: OperationKind, row: number, tags: readonly string[]): Promise<void> {
    const { query, queryPrepared = query } = this.#subject
    switch (kind) {
      case 'read':
        await query(`select note from things where id = ${row}`)
        return
      case 'prepared read':
        await queryPrepared('select * from planned')
        return
      case 'write':
        await query(insertOf(tags[0] ?? ''))
        return
      case 'transaction':
        await this.#subject.transaction((send) => writeAll(send, tags))
        return
      default:
        kind satisfies never
    }
  }
}

async function writeAll(send: Send, tags: readonly string[]): Promise<void> {
  for (const [index, tag] of tags.entries()) {
    if (index > 0) await pause(pauseInTransactionMs)
    await send(insertOf(tag))
  }
}

/** A text that is sent once in a run, unless it is sent twice. */
export function insertOf(tag: string): string {
  return `insert into writes (tag) values ('${tag}')`
}

function draw(random: () => number): OperationKind {
  let rest = random() * 100
  for (const [kind, share] of mix) {
    if (rest < share) return kind
    rest -= share
  }
  return 'read'
}

/** What PostgreSQL or the driver said; ORMs wrap it. */
export function rootMessage(error: unknown): string {
  let root = error
  while (root instanceof Error && root.cause instanceof Error) root = root.cause
  if (root instanceof AggregateError) return root.errors.map(String).join('; ')
  return root instanceof Error ? root.message || String(root) : String(root)
}
