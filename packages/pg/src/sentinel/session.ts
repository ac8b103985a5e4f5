import { classifyFault } from '@hale/core'
import { closeClient } from '../pool/closing.ts'
import type { PoolableClient } from '../pool/poolable-client.ts'
import { type RunningTime, startDeadline } from '../running-time.ts'

/** A row as PostgreSQL sent it: text, or null. */
export type TextRow = Readonly<Record<string, string | null>>

/** What is asked. A name has the server keep the plan; behind a pooler there must be none. */
export interface SentinelQuestion {
  readonly name?: string
  readonly text: string
  readonly values?: readonly unknown[]
}

interface AskedQuery extends SentinelQuestion {
  readonly types: { getTypeParser(): (value: string) => string }
}

/** The part of pg's client that questions need, besides what the pool needs. */
interface AskableClient extends Omit<PoolableClient, 'query'> {
  query?(
    query: AskedQuery,
    callback: (error: Error | null | undefined, result?: { readonly rows: TextRow[] }) => void,
  ): unknown
}

/** The server gave no answer in time, or the session died. */
export class SessionLostError extends Error {
  override readonly name = 'SessionLostError'
}

/** A client class of the application's own that speaks no protocol that we know. */
export class UnaskableClientError extends Error {
  override readonly name = 'UnaskableClientError'
}

export interface SessionPorts {
  readonly time: RunningTime
  /** How long the server may be silent while it owes an answer, ms. */
  readonly timeoutMs: number
  createClient(): PoolableClient
  /** The server has sent something, though perhaps not all that it owes. */
  onHeard?(): void
}

/** A question is given up after so many times the bound, however often something came meanwhile. */
const MOST_WAITS = 10
/** Longest that one answer is waited for without a byte, ms, however slow the link was at opening. */
const LONGEST_WAIT_MS = 4_000

/** Text, whatever parsers the application has set: only we know what was asked for. */
const asText = { getTypeParser: () => (value: string) => value }

/**
 * One session that belongs to no pool. It never keeps the process alive, every question is bounded, and
 * once one was not answered the session is over. One question at a time.
 */
export class SentinelSession {
  readonly client: PoolableClient
  readonly #ports: SessionPorts
  #isOpen = false
  #isOver = false
  /** Rejects what is being waited for. */
  #onOver: (() => void) | undefined
  #timeoutMs: number

  /** @throws whatever the client class throws */
  constructor(ports: SessionPorts) {
    this.client = ports.createClient()
    this.#ports = ports
    this.#timeoutMs = ports.timeoutMs
    this.client.on('error', () => this.#end())
    this.client.on('end', () => this.#end())
  }

  /** @throws whatever kept it from being opened, within `timeoutMs`; then nothing of it is left */
  static async open(ports: SessionPorts): Promise<SentinelSession> {
    const session = new SentinelSession(ports)
    await session.open()
    return session
  }

  /** Once. @throws as the static one */
  async open(): Promise<void> {
    const { client } = this
    const { time, timeoutMs } = this.#ports
    const begunAt = time.runningNow()
    try {
      client.unref?.()
      await this.#bounded<void>((settle) => client.connect((error) => settle(error, undefined)))
      client.unref?.() // TLS put a socket of its own in the place of the first
      if (client.connection === undefined || client.query === undefined) {
        throw new UnaskableClientError('the client class cannot be asked')
      }
      this.#isOpen = true
      // that took two round trips at least, and a question takes one
      this.#timeoutMs = Math.max(timeoutMs, Math.min(LONGEST_WAIT_MS, time.runningNow() - begunAt))
    } catch (error) {
      this.#end()
      throw error
    }
  }

  get isOver(): boolean {
    return this.#isOver
  }

  /**
   * The rows. @throws {SessionLostError} when no answer came; the server's own error when it refused, and
   * the session goes on
   */
  async ask(question: SentinelQuestion): Promise<readonly TextRow[]> {
    const client = this.client as unknown as AskableClient
    return this.#bounded<readonly TextRow[]>((settle) => {
      client.query?.({ ...question, types: asText }, (error, result) => {
        if (error && classifyFault(error).sqlState === undefined) this.#end()
        settle(error, result?.rows ?? [])
      })
    })
  }

  /**
   * Says goodbye, unless it has no time for that; what is being waited for is lost. `done` is called when
   * the socket is closed, within a bound, and the process stays for it.
   */
  close(done?: () => void): void {
    const isBusy = this.#onOver !== undefined
    const isHard = this.#isOver || isBusy || !this.#isOpen
    this.#isOver = true
    if (done !== undefined) this.client.ref?.()
    closeClient(this.client, isHard, this.#ports.time, () => done?.())
    this.#onOver?.()
  }

  #bounded<Answer>(
    ask: (settle: (error: Error | null | undefined, answer: Answer) => void) => void,
  ): Promise<Answer> {
    const timeoutMs = this.#timeoutMs
    return new Promise((resolve, reject) => {
      const finish = (): void => {
        cancel()
        this.#onOver = undefined
      }
      const lost = (): void => {
        finish()
        reject(new SessionLostError(`lost, or no answer within ${timeoutMs} ms`))
      }
      const cancel = this.#startSilence(timeoutMs, () => this.#end())
      if (this.#isOver) return lost()
      this.#onOver = lost
      try {
        ask((error, answer) => {
          finish()
          if (error) reject(error)
          else resolve(answer)
        })
      } catch (error) {
        finish()
        reject(error)
      }
    })
  }

  /** `onSilent` is called once nothing has come for `timeoutMs`: several round trips may be on their way. */
  #startSilence(timeoutMs: number, onSilent: () => void): () => void {
    let received = this.#receivedBytes
    let left = MOST_WAITS
    let cancel: () => void
    const judge = (): void => {
      left -= 1
      const isHeard = this.#receivedBytes !== received
      received = this.#receivedBytes
      if (isHeard) this.#ports.onHeard?.()
      if (isHeard && left > 0) wait()
      else onSilent()
    }
    const wait = (): void => {
      cancel = startDeadline(this.#ports.time, timeoutMs, judge, { background: true })
    }
    wait()
    return () => cancel()
  }

  get #receivedBytes(): number {
    return this.client.connection?.stream?.bytesRead ?? 0
  }

  #end(): void {
    const isFirst = !this.#isOver
    this.#isOver = true
    this.#onOver?.() // before the socket says what happened to it
    if (isFirst) closeClient(this.client, true, this.#ports.time, () => {})
  }
}
