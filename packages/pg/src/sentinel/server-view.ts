import type { PoolerName, PoolMode, ServerLimit, ServerSnapshot } from '../server-snapshot.ts'
import type { Greeting } from './greeting.ts'
import {
  type FactName,
  type FactPart,
  factParts,
  partFor,
  type ServerFacts,
} from './server-facts.ts'

/** What the sentinel adds to what connections were told. */
export type ServerSight = Omit<
  ServerSnapshot,
  'host' | 'inHotStandby' | 'port' | 'sentinel' | 'version'
>

/** What is said of the server over time, and what cannot be seen of it. */
export class ServerView {
  readonly #limits = new Map<string, string>()
  #greeting: Greeting | undefined
  #greetedAt = 0
  #facts: ServerFacts = {}
  #previous: ServerFacts = {}
  #askedAt = 0
  #previousAt = 0
  #pooler: { readonly name: PoolerName; readonly mode: PoolMode | undefined } | undefined
  #inHotStandby: boolean | undefined
  #lagAt = Number.NEGATIVE_INFINITY
  #roleSince = Number.NEGATIVE_INFINITY
  #hasBeenStandby = false

  get greeting(): Greeting | undefined {
    return this.#greeting
  }

  get facts(): ServerFacts {
    return this.#facts
  }

  get limits(): readonly ServerLimit[] {
    return [...this.#limits].map(([fact, reason]) => ({ fact, reason }))
  }

  /** It cannot be seen, for this reason, which takes the place of an older one. */
  limit(fact: string, reason: string): void {
    this.#limits.set(fact, reason)
  }

  isLimited(fact: string): boolean {
    return this.#limits.has(fact)
  }

  unlimit(fact: string): void {
    this.#limits.delete(fact)
  }

  /**
   * A session was opened. `isAnother`: it leads to another server, or to one that has started anew, of which
   * nothing is known yet. `hasChanged`: that, or the server has another role.
   */
  greeted(
    greeting: Greeting,
    now: number,
  ): { readonly isAnother: boolean; readonly hasChanged: boolean } {
    const before = this.#greeting
    this.#greeting = greeting
    this.#greetedAt = now
    const isAnother = before !== undefined && before.startedAt !== greeting.startedAt
    const hasOtherRole = this.#hasOtherRole(greeting.inHotStandby, now)
    if (isAnother) {
      this.#facts = {}
      this.#previous = {}
    }
    if (isAnother || before?.seesAll !== greeting.seesAll) this.#limits.clear()
    if (!greeting.seesAll) this.limit('statements of other roles', needsStatistics)
    if (greeting.version < 140_000) this.#limitOld()
    if (!greeting.isPooled) this.#pooler = undefined
    else if (this.#pooler !== undefined) this.pooledBy(this.#pooler.name, this.#pooler.mode)
    return { isAnother, hasChanged: isAnother || hasOtherRole }
  }

  /** What PostgreSQL tells from 14 on. */
  #limitOld(): void {
    this.limit(
      'since when locks are waited for',
      'needs PostgreSQL 14: it is since we saw it first',
    )
    this.limit('backend memory', 'needs PostgreSQL 14')
  }

  /** Takes its role in. */
  #hasOtherRole(inHotStandby: boolean, now: number): boolean {
    const before = this.#inHotStandby
    this.#inHotStandby = inHotStandby
    if (before !== inHotStandby) this.#roleSince = now
    this.#hasBeenStandby ||= inHotStandby
    return before !== undefined && before !== inHotStandby
  }

  /** Of the server that is asked; `undefined` before it was. */
  get inHotStandby(): boolean | undefined {
    return this.isPooledBySession ? undefined : this.#inHotStandby
  }

  pooledBy(name: PoolerName, mode: PoolMode | undefined): void {
    this.#pooler = { name, mode }
    const reason = `a pooler (${name}) lends backends, so that process ids say nothing`
    this.limit('what backends do', reason)
    this.limit('backend memory', reason)
    this.limit('whether a silent statement still runs', `${reason}: query_timeout is its bound`)
    if (this.isPooledBySession) {
      this.limit('the server itself', 'asking would keep one of the backends of the pooler')
    }
  }

  get isPooled(): boolean {
    return this.#pooler !== undefined
  }

  /** Then a session of ours would keep a backend of the pooler for good. */
  get isPooledBySession(): boolean {
    return this.#pooler !== undefined && this.#pooler.mode !== 'transaction'
  }

  /** The questions that this server answers, as far as is known; the others become limits. */
  parts(): ReadonlyMap<FactName, FactPart> {
    const parts = new Map<FactName, FactPart>()
    const { version = 0, seesAll = false } = this.#greeting ?? {}
    for (const name of Object.keys(factParts) as FactName[]) {
      const part = partFor(name, version)
      if (part === undefined || this.#limits.has(part.fact)) continue
      if (part.needsStatistics && !seesAll) this.limit(part.fact, needsStatistics)
      else parts.set(name, part)
    }
    return parts
  }

  /** Takes facts in. Returns whether the server's role is another than before. */
  told(facts: ServerFacts, now: number): boolean {
    const before = this.#facts
    this.#previous = before
    this.#previousAt = this.#askedAt
    this.#facts = facts
    this.#askedAt = now
    this.#lagAt = now
    return facts.role !== undefined && this.#hasOtherRole(facts.role.in_recovery, now)
  }

  /** Takes in how far it is behind, between two rounds of facts. */
  toldLag(replay: NonNullable<ServerFacts['replay']>, now: number): void {
    this.#facts = { ...this.#facts, replay }
    this.#lagAt = now
  }

  /** When its role was told for the first time, or was another than before. */
  get roleSince(): number {
    return this.#roleSince
  }

  get hasBeenStandby(): boolean {
    return this.#hasBeenStandby
  }

  /** `undefined` for what is no standby, and for what was said more than `withinMs` ago. */
  standbyLagMs(now: number, withinMs: number): number | undefined {
    if (this.inHotStandby !== true || now - this.#lagAt > withinMs) return undefined
    return this.#facts.replay?.lag_ms ?? undefined
  }

  /** What is known of the server itself. */
  snapshot(now: number): ServerSight {
    const { identity, connections, checkpoints, replay, standbys, waits } = this.#facts
    const greeting = this.isPooledBySession ? undefined : this.#greeting // it is not asked again
    const { inHotStandby } = this
    return {
      role: inHotStandby === undefined ? undefined : inHotStandby ? 'standby' : 'primary',
      uptimeMs: greeting === undefined ? undefined : greeting.uptimeMs + (now - this.#greetedAt),
      systemIdentifier: identity?.system,
      timeline: identity?.timeline,
      connections: connections === undefined ? undefined : headroomOf(connections),
      deadlocksPerSecond: this.#rate(({ database }) => database?.deadlocks),
      conflictsPerSecond: this.#rate(({ database }) => database?.conflicts),
      tempBytesPerSecond: this.#rate(({ database }) => database?.temp_bytes),
      checkpointsPerMinute:
        checkpoints === undefined
          ? undefined
          : {
              timed: this.#rate((facts) => facts.checkpoints?.timed, 60),
              requested: this.#rate((facts) => facts.checkpoints?.requested, 60),
            },
      replicationLagMs: (replay ?? standbys)?.lag_ms ?? undefined,
      standbys: standbys?.count,
      waits,
      pooler: this.#pooler,
      limits: this.limits,
    }
  }

  /** Of a counter between the two latest readings; `undefined` with fewer, and when it was reset. */
  #rate(read: (facts: ServerFacts) => number | undefined, seconds = 1): number | undefined {
    const before = read(this.#previous)
    const after = read(this.#facts)
    const elapsedMs = this.#askedAt - this.#previousAt
    if (before === undefined || after === undefined || after < before || elapsedMs <= 0)
      return undefined
    if (this.#previous.database?.reset !== this.#facts.database?.reset) return undefined
    return ((after - before) * 1_000 * seconds) / elapsedMs
  }
}

const needsStatistics = 'needs pg_read_all_stats, which pg_monitor includes'

function headroomOf({ max, superuser, reserved, used }: NonNullable<ServerFacts['connections']>): {
  readonly max: number
  readonly reserved: number
  readonly used: number
  readonly free: number
} {
  const kept = superuser + reserved
  return { max, reserved: kept, used, free: Math.max(0, max - kept - used) }
}
