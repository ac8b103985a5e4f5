import type { Operation } from '../metrics/operation.ts'
import type { ConnectionIssue, IssueSighting, IssueType } from './connection-issue.ts'

/** Cleared issues that are remembered. */
const historySize = 256

/** Most connections have no issue, and every sweep asks about all of them. */
const none: readonly ConnectionIssue[] = Object.freeze([])

/** What came of a sighting. */
export interface Sighted {
  readonly issue: ConnectionIssue
  /** `true` for the first sighting, which opened the issue. */
  readonly raised: boolean
}

/**
 * Which issues hold now, and which held lately. At most one open issue per connection and type, and
 * one per type for the pool and the server. Issues are frozen: a new sighting makes a new value.
 */
export class IssueLog {
  /** By connection; `undefined` is the pool and the server. No inner map is ever empty. */
  readonly #open = new Map<number | undefined, Map<IssueType, ConnectionIssue>>()
  readonly #history: ConnectionIssue[] = []
  #latestId = 0

  /**
   * Opens the issue, or brings the open one up to date: evidence and severity are the latest ones.
   */
  sight(
    sighting: IssueSighting,
    connectionId: number | undefined,
    now: number,
    operation?: Operation,
  ): Sighted {
    const opened = this.#open.get(connectionId) ?? new Map<IssueType, ConnectionIssue>()
    const known = opened.get(sighting.type)
    if (known === undefined) this.#latestId += 1
    const issue = issueOf(sighting, {
      id: known?.id ?? this.#latestId,
      ...(connectionId === undefined ? {} : { connectionId }),
      ...(operation === undefined ? {} : { operation }),
      detectedAt: known?.detectedAt ?? now,
      lastSeenAt: now,
    })
    opened.set(sighting.type, issue)
    this.#open.set(connectionId, opened)
    return { issue, raised: known === undefined }
  }

  /** Ends the issue and gives it back with `clearedAt`; `undefined` if it was not open. */
  clear(
    type: IssueType,
    connectionId: number | undefined,
    now: number,
  ): ConnectionIssue | undefined {
    const opened = this.#open.get(connectionId)
    const issue = opened?.get(type)
    if (opened === undefined || issue === undefined) return undefined
    opened.delete(type)
    if (opened.size === 0) this.#open.delete(connectionId)
    const cleared: ConnectionIssue = Object.freeze({ ...issue, clearedAt: now })
    this.#history.push(cleared)
    if (this.#history.length > historySize) this.#history.shift()
    return cleared
  }

  /** Ends every issue of a connection; gives back the ended ones. */
  clearConnection(connectionId: number, now: number): readonly ConnectionIssue[] {
    const types = [...(this.#open.get(connectionId)?.keys() ?? [])]
    return types.flatMap((type) => this.clear(type, connectionId, now) ?? [])
  }

  /** The open issue of this type; `undefined` asks about the pool and the server. */
  get(type: IssueType, connectionId: number | undefined): ConnectionIssue | undefined {
    return this.#open.get(connectionId)?.get(type)
  }

  /** Open issues of one connection by type; `undefined` while there are none. */
  byType(connectionId: number): ReadonlyMap<IssueType, ConnectionIssue> | undefined {
    return this.#open.get(connectionId)
  }

  /** Open issues of one connection; without an argument every open issue, the pool's included. */
  open(connectionId?: number): readonly ConnectionIssue[] {
    if (connectionId !== undefined) {
      const opened = this.#open.get(connectionId)
      return opened === undefined ? none : [...opened.values()]
    }
    return [...this.#open.values()].flatMap((opened) => [...opened.values()])
  }

  /** The latest 256 issues that were cleared, oldest first. */
  history(): readonly ConnectionIssue[] {
    return [...this.#history]
  }
}

type Sight = Pick<
  ConnectionIssue,
  'id' | 'connectionId' | 'operation' | 'detectedAt' | 'lastSeenAt'
>

function issueOf(sighting: IssueSighting, sight: Sight): ConnectionIssue {
  // The copy of `evidence` has the type that belongs to `type`, which the compiler cannot follow.
  const copy = { ...sighting, evidence: Object.freeze({ ...sighting.evidence }), ...sight }
  return Object.freeze(copy) as ConnectionIssue
}
