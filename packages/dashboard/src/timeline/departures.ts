import type { EvictCause, HealthEventOf, IssueSeverity, RecycleCause } from '@hale/core'
import { countInWords, durationInWords } from '@hale/core'
import type { DashboardPool } from '../dashboard-pool.ts'
import { type CaseAgainst, explainCase, readCase } from './case-against.ts'
import type { Successions } from './successions.ts'
import type { Timeline, TimelineFact } from './timeline.ts'

type Departed = HealthEventOf<'connection:evicted'> | HealthEventOf<'connection:retired'>

/** Condemned connections whose cases are remembered; each goes when its connection does. */
const mostCondemned = 1_024

/** Whoever holds it when it is condemned for this is told by an error at once. */
const breaksUnderHolder: ReadonlySet<RecycleCause> = new Set(['lost', 'unresponsive'])
/** Nobody is to take the place of what leaves for this. */
const leavesNoVacancy: ReadonlySet<RecycleCause> = new Set(['idle', 'surplus', 'pool-closed'])

/** Tells the end of each connection in one entry: why, on what evidence, who noticed, and what came next. */
export class Departures {
  readonly #pool: Pick<DashboardPool, 'monitor'>
  readonly #timeline: Timeline
  readonly #successions: Successions
  readonly #wallOf: (at: number) => number
  /** The case as it stood when it was decided, for those that are still held. */
  readonly #condemned = new Map<number, CaseAgainst>()

  constructor(
    pool: Pick<DashboardPool, 'monitor'>,
    timeline: Timeline,
    successions: Successions,
    wallOf: (at: number) => number,
  ) {
    this.#pool = pool
    this.#timeline = timeline
    this.#successions = successions
    this.#wallOf = wallOf
  }

  /** It stays until its holder gives it back. */
  condemned({ connectionId, cause, at }: HealthEventOf<'connection:condemned'>): void {
    const against = readCase(this.#pool, connectionId, cause)
    this.#condemned.delete(connectionId)
    this.#condemned.set(connectionId, against)
    for (const oldest of this.#condemned.keys()) {
      if (this.#condemned.size <= mostCondemned) break
      this.#condemned.delete(oldest)
    }
    const isFelt = breaksUnderHolder.has(cause)
    const holder = isFelt
      ? 'Whoever holds it is told by an error.'
      : 'It leaves as soon as nobody holds it, so no caller notices.'
    this.#add({
      at,
      kind: 'condemned',
      severity: isFelt ? 'critical' : 'warning',
      connectionId,
      cause,
      text: `Connection ${connectionId} was condemned ${explainCase(against)}. ${holder}`,
    })
  }

  /** It has left. */
  departed({ type, connectionId, cause, at, ageMs }: Departed): void {
    const decided = this.#condemned.get(connectionId)
    this.#condemned.delete(connectionId)
    const now = readCase(this.#pool, connectionId, cause)
    const against = { ...now, evidence: decided?.evidence ?? now.evidence }
    const successor = this.#successions.takeSuccessorOf(connectionId)
    const isEvicted = type === 'connection:evicted'
    const sentences = [
      `Connection ${connectionId} was ${isEvicted ? 'evicted' : 'retired'} ${explainCase(against)}.`,
      `It lived ${durationInWords(ageMs)}, was lent ${countInWords(now.uses, 'time')} and ran ${countInWords(now.statements, 'statement')}.`,
      ...holderOf(cause, decided !== undefined),
    ]
    if (successor !== undefined) {
      const beforeMs = durationInWords(Math.max(0, at - successor.at))
      sentences.push(
        `Connection ${successor.connectionId}, opened ${beforeMs} before, took its place.`,
      )
    }
    const entryId = this.#add({
      at,
      kind: isEvicted ? 'evicted' : 'retired',
      severity: isEvicted ? severityOf(cause as EvictCause, decided !== undefined) : 'info',
      connectionId,
      successorId: successor?.connectionId ?? null,
      cause,
      text: sentences.join(' '),
    })
    if (successor === undefined && !leavesNoVacancy.has(cause)) {
      this.#successions.leaveVacant({ connectionId, at, entryId })
    }
  }

  #add(fact: Omit<TimelineFact, 'successorId'> & { readonly successorId?: number | null }): number {
    return this.#timeline.add({ successorId: null, ...fact, at: this.#wallOf(fact.at) })
  }
}

function holderOf(cause: RecycleCause, wasHeld: boolean): readonly string[] {
  if (cause === 'leaked') return ['It was taken from its holder, whose next statement fails.']
  if (cause === 'released-with-error' || cause === 'pool-closed') return [] // the cause says it
  if (!wasHeld) return ['Nobody held it, so no caller noticed.']
  if (breaksUnderHolder.has(cause)) return ['Its holder was told by an error.']
  return ['It left when its holder had given it back, so no caller noticed.']
}

function severityOf(cause: EvictCause, wasHeld: boolean): IssueSeverity {
  if (cause === 'operator') return 'info'
  return wasHeld && breaksUnderHolder.has(cause) ? 'critical' : 'warning'
}
