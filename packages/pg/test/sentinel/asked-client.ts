import { EventEmitter } from 'node:events'
import type { ClientConnection, PoolableClient } from '../../src/pool/poolable-client.ts'
import type { TextRow } from '../../src/sentinel/session.ts'

export interface Question {
  readonly name?: string
  readonly text: string
  readonly values?: readonly unknown[]
}
type Reply = readonly TextRow[] | Error | 'silence'
type Callback = (error: Error | null | undefined, result?: { rows: readonly TextRow[] }) => void

/** A client whose server is a function: it answers what it is asked in a microtask, or never. */
export class AskedClient extends EventEmitter implements PoolableClient {
  readonly connection: ClientConnection & { stream: { destroy(): void } }
  processID = 900
  readonly asked: Question[] = []
  isRef = true
  isClosed = false
  /** Its goodbye is not answered. */
  isHung = false
  saidGoodbye = false
  connectReply: Error | 'accept' | 'silence' = 'accept'
  reply: (question: Question) => Reply = () => []
  #pending: Callback | undefined
  #onConnect: Callback | undefined

  constructor() {
    super()
    const stream = { destroy: () => this.die() }
    this.connection = Object.assign(new EventEmitter(), { stream })
  }
  connect(callback: Callback): void {
    this.#onConnect = callback
    queueMicrotask(() => this.#settleConnect())
  }
  query(asked: unknown, callback: Callback): void {
    const question = asked as Question
    this.asked.push(question)
    if (this.#pending !== undefined) throw new Error('two questions at a time')
    this.#pending = callback
    queueMicrotask(() => this.#answer(this.reply(question)))
  }
  end(callback?: () => void): void {
    this.saidGoodbye = !this.isClosed
    if (this.isHung) return
    this.die()
    callback?.()
  }
  ref(): void {
    this.isRef = true
  }
  unref(): void {
    this.isRef = false
  }

  /** What it was asked, by the names that are in the texts. */
  get topics(): readonly string[] {
    return this.asked.map(topicOf)
  }

  /** An answer that comes late. */
  answerLate(rows: readonly TextRow[] = []): void {
    this.#pending?.(null, { rows })
  }

  #settleConnect(): void {
    if (this.connectReply === 'silence' || this.isClosed) return
    const error = this.connectReply === 'accept' ? null : this.connectReply
    this.#onConnect?.(error)
    this.#onConnect = undefined
  }
  #answer(reply: Reply): void {
    if (reply === 'silence' || this.isClosed) return
    const callback = this.#pending
    this.#pending = undefined
    if (reply instanceof Error) callback?.(reply)
    else callback?.(null, { rows: reply })
  }

  /** The socket breaks, as pg tells it. */
  die(error: Error = new Error('Connection terminated unexpectedly')): void {
    if (this.isClosed) return
    this.isClosed = true
    this.#onConnect?.(error)
    this.#pending?.(error)
    this.#onConnect = undefined
    this.#pending = undefined
    this.emit('end')
  }
}

export function topicOf({ name, text }: Question): string {
  if (name?.includes('activity')) return 'activity'
  if (text.includes('pg_backend_pid() as pid')) return 'greeting'
  if (text.includes('set_config')) return 'settings'
  if (text.includes('pg_stat_user_tables')) return 'statistics'
  return 'facts'
}

export function refusal(code: string, severity = 'ERROR'): Error {
  return Object.assign(new Error('refused'), { code, severity })
}
