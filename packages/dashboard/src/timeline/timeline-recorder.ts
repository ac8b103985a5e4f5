import type { HealthEventOf, HealthEventType, HealthListener } from '@hale/core'
import { countInWords, durationInWords } from '@hale/core'
import type { DashboardPool } from '../dashboard-pool.ts'
import type { DashboardTime } from '../dashboard-time.ts'
import { Bursts } from './bursts.ts'
import { Departures } from './departures.ts'
import { Successions } from './successions.ts'
import { Timeline, type TimelineFact } from './timeline.ts'

/** Clocks that are less apart than this count as the same, so that an instant is told alike every time, ms. */
const toleranceMs = 50

type Told = Pick<TimelineFact, 'at' | 'kind' | 'severity' | 'text'> & Partial<TimelineFact>

/**
 * Writes a pool's timeline from its events: those of connections that come and go, never those of
 * statements and leases, so that what callers pay does not rise.
 */
export class TimelineRecorder {
  readonly timeline: Timeline = new Timeline()
  readonly #monitor: DashboardPool['monitor']
  readonly #time: DashboardTime
  readonly #bursts: Bursts = new Bursts()
  readonly #successions: Successions = new Successions()
  readonly #departures: Departures
  readonly #undo: (() => void)[] = []
  #aheadMs: number

  constructor(pool: Pick<DashboardPool, 'monitor'>, time: DashboardTime) {
    this.#monitor = pool.monitor
    this.#time = time
    this.#aheadMs = time.wallNow() - this.#monitor.now()
    const { timeline } = this
    this.#departures = new Departures(pool, timeline, this.#successions, (at) => this.wallOf(at))
    this.#listen('connection:opened', (event) => this.#opened(event))
    this.#listen('connection:open-failed', (event) => this.#bursts.openFailed(event))
    this.#listen('connection:condemned', (event) => this.#departures.condemned(event))
    this.#listen('connection:retired', (event) => this.#departures.departed(event))
    this.#listen('connection:evicted', (event) => this.#departures.departed(event))
    this.#listen('acquire:timed-out', (event) => this.#bursts.timedOut(event))
    this.#listen('server:changed', (event) => this.#tell(serverChanged(event)))
    this.#listen('breaker:opened', (event) => this.#tell(breakerOpened(event)))
    this.#listen('breaker:closed', (event) => this.#tell(breakerClosed(event)))
    this.#listen('pool:closed', (event) => this.#tell(poolClosed(event)))
  }

  /** Wall time of an instant of the pool's clock. */
  wallOf(at: number): number {
    const aheadMs = this.#time.wallNow() - this.#monitor.now()
    if (Math.abs(aheadMs - this.#aheadMs) > toleranceMs) this.#aheadMs = aheadMs
    return Math.round(at + this.#aheadMs)
  }

  /** What an operator did. */
  operated(text: string, connectionId: number | null): void {
    this.#tell({ at: this.#monitor.now(), kind: 'operator', severity: 'info', text, connectionId })
  }

  /** Tells of what came in bursts since the last call. */
  flush(): void {
    for (const fact of this.#bursts.take()) this.#tell(fact)
  }

  stop(): void {
    for (const undo of this.#undo.splice(0)) undo()
  }

  #opened({ at, connectionId, openMs, replaces }: HealthEventOf<'connection:opened'>): void {
    const opened = `Connection ${connectionId} was opened in ${durationInWords(openMs)}`
    const told = { at, kind: 'opened', severity: 'info', connectionId } as const
    if (replaces !== undefined) {
      this.#successions.openedFor(replaces, { connectionId, at })
      this.#tell({
        ...told,
        text: `${opened}, to replace connection ${replaces} if that has to leave.`,
      })
      return
    }
    const vacancy = this.#successions.fillVacancy(at)
    if (vacancy === undefined) {
      this.#tell({ ...told, text: `${opened}.` })
      return
    }
    const afterMs = durationInWords(Math.max(0, at - vacancy.at))
    const { connectionId: leaver, entryId } = vacancy
    this.#tell({ ...told, text: `${opened}, ${afterMs} after connection ${leaver} had left.` })
    const text = `Connection ${connectionId} was open in its place ${afterMs} later.`
    this.timeline.amend(entryId, { text, successorId: connectionId })
  }

  #tell(told: Told): void {
    const nobody = { connectionId: null, successorId: null, cause: null }
    this.timeline.add({ ...nobody, ...told, at: this.wallOf(told.at) })
  }

  #listen<Type extends HealthEventType>(
    type: Type,
    listener: (event: HealthEventOf<Type>) => void,
  ): void {
    const listening = listener as unknown as HealthListener<Type> // the same, which the compiler cannot see
    this.#monitor.on(type, listening)
    this.#undo.push(() => this.#monitor.off(type, listening))
  }
}

function serverChanged({ at, inHotStandby, serverVersion }: HealthEventOf<'server:changed'>): Told {
  const role = inHotStandby === undefined ? 'another' : inHotStandby ? 'a standby' : 'a primary'
  const version = serverVersion === undefined ? '' : `, PostgreSQL ${serverVersion}`
  return { at, kind: 'server', severity: 'warning', text: `The server is now ${role}${version}.` }
}

function breakerOpened({ at, failures }: HealthEventOf<'breaker:opened'>): Told {
  const text = `The server takes no connections: ${countInWords(failures, 'opening')} failed in a row, so callers are told at once.`
  return { at, kind: 'server', severity: 'critical', text }
}

function breakerClosed({ at }: HealthEventOf<'breaker:closed'>): Told {
  return { at, kind: 'server', severity: 'info', text: 'The server takes connections again.' }
}

function poolClosed({ at, closedHard }: HealthEventOf<'pool:closed'>): Told {
  const hard =
    closedHard === 0
      ? ''
      : ` ${countInWords(closedHard, 'connection')} had to be closed under their holders.`
  const severity = closedHard === 0 ? 'info' : 'warning'
  return { at, kind: 'pool', severity, text: `The pool was closed.${hard}` }
}
