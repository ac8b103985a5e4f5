import type pg from 'pg'
import { streamOf } from './stream-of.ts'

/** Rows of a statement that answers in JSON: one row, one column named `answer`. */
interface AnswerRow {
  readonly answer: unknown
}

/** The server, or a pooler, lets no transaction begin. */
const noTransactions = /transaction blocks? not allowed/i

/**
 * A session that only reads. Each statement stands in a read-only transaction that bounds it, and that takes its
 * settings along when it ends: behind a pooler the backend is somebody else's a moment later.
 */
export class DoctorSession {
  readonly client: pg.Client
  readonly #timeoutMs: number
  #hasTransactions = true

  constructor(client: pg.Client, timeoutMs: number) {
    this.client = client
    this.#timeoutMs = timeoutMs
    client.on('error', () => {}) // whoever waits for an answer is told
  }

  /** Whether statements stand in transactions; a pooler of single statements lets none begin. */
  get isBounded(): boolean {
    return this.#hasTransactions
  }

  /** What `select <expression> as answer` gives; the expression is ours, never anybody's text. */
  async ask(expression: string): Promise<unknown> {
    const text = `select ${expression} as answer`
    if (!this.#hasTransactions) return answerOf(await this.#run(text))
    // sooner than we give up ourselves, so that the server says no and the session goes on
    const limit = Math.ceil(this.#timeoutMs * 0.8)
    const begin = `begin transaction isolation level read committed, read only;
      set local statement_timeout = ${limit}; set local lock_timeout = ${limit}; set local jit = off`
    try {
      return answerOf(await this.#run(`${begin}; ${text}; commit`))
    } catch (error) {
      if (noTransactions.test((error as Error).message)) this.#hasTransactions = false
      else await this.#run('rollback').catch(() => {}) // the first error says more
      if (this.#hasTransactions) throw error
      return answerOf(await this.#run(text))
    }
  }

  /** Runs a statement that needs no transaction, such as an empty one. */
  async run(text: string): Promise<void> {
    await this.#run(text)
  }

  /** Says goodbye; a server that does not answer is left after a while, so that it keeps nobody waiting. */
  async close(): Promise<void> {
    let timer: NodeJS.Timeout | undefined
    const tooLong = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, this.#timeoutMs)
    })
    await Promise.race([this.client.end().catch(() => {}), tooLong])
    clearTimeout(timer)
    streamOf(this.client).destroy()
  }

  #run(text: string): Promise<pg.QueryResult<AnswerRow> | readonly pg.QueryResult<AnswerRow>[]> {
    const config: pg.QueryConfig & { readonly query_timeout: number } = {
      text,
      query_timeout: this.#timeoutMs,
    }
    return this.client.query<AnswerRow>(config)
  }
}

function answerOf(
  results: pg.QueryResult<AnswerRow> | readonly pg.QueryResult<AnswerRow>[],
): unknown {
  const all = 'rows' in results ? [results] : results
  return all.find(({ rows }) => rows.length > 0)?.rows[0]?.answer
}
