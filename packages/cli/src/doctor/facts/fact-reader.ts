import { classifyFault } from '@hale/core'
import type { DatabaseFacts } from './database-facts.ts'
import type { DoctorSession } from './doctor-session.ts'

/** Asks one thing after the other; what is refused is noted, and the rest goes on. */
export class FactReader {
  readonly #session: DoctorSession
  readonly #unseen: { fact: string; reason: string }[] = []
  #isOver = false

  constructor(session: DoctorSession) {
    this.#session = session
  }

  ask<Fact>(
    fact: string,
    question: string,
    read: (answer: unknown) => Fact,
  ): Promise<Fact | undefined> {
    return this.read(fact, async () => read(await this.#session.ask(question)))
  }

  async read<Fact>(fact: string, look: () => Promise<Fact>): Promise<Fact | undefined> {
    if (this.#isOver) {
      this.miss(fact, 'the session was lost before')
      return undefined
    }
    try {
      return await look()
    } catch (error) {
      const { kind, sqlState, endsSession } = classifyFault(error)
      this.#isOver = endsSession || kind === 'query_timeout' // the answer may come yet, to another question
      this.miss(fact, sqlState === undefined ? `no answer (${kind})` : `refused (${sqlState})`)
      return undefined
    }
  }

  miss(fact: string, reason: string): void {
    this.#unseen.push({ fact, reason })
  }

  unseen(isPooled: boolean): DatabaseFacts['unseen'] {
    const why = 'the pooler answers for it'
    return isPooled
      ? [...this.#unseen, { fact: 'the network between the pooler and the server', reason: why }]
      : this.#unseen
  }
}
