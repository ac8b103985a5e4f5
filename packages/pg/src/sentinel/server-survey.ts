import type { ConnectionHealthMonitor } from '@hale/core'
import type { TimeSource } from '../time-source.ts'
import { isPassing, isRefusal, refusedBy } from './refusals.ts'
import { type FactName, type FactPart, factsQuestion, readFacts } from './server-facts.ts'
import type { ServerView } from './server-view.ts'
import type { SentinelSession } from './session.ts'
import { readStatistics, statisticsQuestion } from './statistics.ts'

/** How often the statistics of tables are looked at, ms: autovacuum itself comes by once a minute. */
const STATISTICS_EVERY_MS = 300_000

const statisticsFact = 'statistics of tables'
const namedFact = 'statistics of tables that only named statements touch'

export interface ServerSurveyPorts {
  readonly time: TimeSource
  readonly monitor: ConnectionHealthMonitor
  readonly view: ServerView
  readonly everyMs: number
  /** How long to leave a server alone that was too busy to answer. */
  readonly pauseMs: number
}

/** Asks a server about itself, now and then. What it refuses is a limit from then on, and not asked again. */
export class ServerSurvey {
  readonly #ports: ServerSurveyPorts
  #factsAt = Number.NEGATIVE_INFINITY
  #statisticsAt: number
  /** What the latest name stands for, and how many there have been. */
  #named = ''
  #nameCount = 0

  constructor(ports: ServerSurveyPorts) {
    this.#ports = ports
    this.#statisticsAt = ports.time.now()
  }

  areFactsDue(now: number): boolean {
    return now - this.#factsAt >= this.#ports.everyMs
  }

  /** Returns whether the server has another role now. @throws {SessionLostError} when no answer came */
  async askFacts(session: SentinelSession, now: number): Promise<boolean> {
    this.#factsAt = now
    const { view, pauseMs } = this.#ports
    const parts = view.parts()
    try {
      return await this.#askParts(session, parts)
    } catch (error) {
      if (!isRefusal(error)) throw error
      if (isPassing(error)) {
        this.#factsAt += pauseMs
        return false
      }
    }
    // one by one, to find out which of them it was; the others are asked for again as a whole
    for (const [name, part] of parts) {
      try {
        await session.ask(factsQuestion(new Map([[name, part]])))
      } catch (error) {
        if (!isRefusal(error)) throw error
        view.limit(part.fact, refusedBy(error))
      }
    }
    try {
      return await this.#askParts(session, view.parts())
    } catch (error) {
      if (!isRefusal(error)) throw error
      return false
    }
  }

  /**
   * How far a standby is behind, which is worth asking more often than the rest: whoever reads from it goes
   * by it. @throws {SessionLostError} when no answer came
   */
  async askLag(session: SentinelSession): Promise<void> {
    const { view, time } = this.#ports
    const part = view.parts().get('replay')
    if (view.inHotStandby !== true || view.facts.replay === undefined || part === undefined) return
    const name = view.isPooled ? undefined : 'hale sentinel: lag'
    try {
      const answer = await session.ask(factsQuestion(new Map([['replay', part]]), name))
      const { replay } = readFacts(answer)
      if (replay === undefined)
        this.#factsAt = Number.NEGATIVE_INFINITY // no standby any more
      else view.toldLag(replay, time.now())
    } catch (error) {
      if (!isRefusal(error)) throw error // the next round of facts finds out what it means
    }
  }

  async #askParts(
    session: SentinelSession,
    parts: ReadonlyMap<FactName, FactPart>,
  ): Promise<boolean> {
    const { view, time } = this.#ports
    const question = factsQuestion(parts, view.isPooled ? undefined : this.#nameOf(parts))
    return view.told(readFacts(await session.ask(question)), time.now())
  }

  /** Another one for each set of parts, as a name stands for one text. */
  #nameOf(parts: ReadonlyMap<FactName, FactPart>): string {
    const names = [...parts.values()].map(({ sql }) => sql).join()
    if (names !== this.#named) this.#nameCount += 1
    this.#named = names
    return `hale sentinel: facts ${this.#nameCount}`
  }

  /** Every five minutes. @throws {SessionLostError} when no answer came */
  async askStatistics(session: SentinelSession, now: number): Promise<void> {
    if (now - this.#statisticsAt < STATISTICS_EVERY_MS) return
    this.#statisticsAt = now
    const { monitor, view } = this.#ports
    if (view.inHotStandby !== false) return // a standby analyses nothing by itself
    if (view.isLimited(statisticsFact)) return
    const { fingerprints } = monitor
    if (fingerprints.named > 0)
      view.limit(namedFact, 'a named statement is known by its name alone')
    try {
      const tables = readStatistics(await session.ask(statisticsQuestion))
      const mentioned = fingerprints.mentions(tables.map(({ table }) => table))
      monitor.judgeStatistics(tables.filter(({ table }) => mentioned.has(table)))
    } catch (error) {
      if (!isRefusal(error)) throw error
      if (!isPassing(error)) view.limit(statisticsFact, refusedBy(error))
    }
  }
}
