import { type ConnectionHealthMonitor, type Health, type RecycleCause, wrongRole } from '@hale/core'
import type { TargetServer, TargetSessionAttrs } from '../target-server.ts'
import type { TimeSource } from '../time-source.ts'
import type { Connection } from './connection.ts'
import { HostRotation } from './host-rotation.ts'
import type { Incident } from './incident.ts'
import { fitsTarget, type RoleFacts } from './roles.ts'

export interface RoleWatchPorts {
  readonly target: TargetServer
  readonly health: Health
  readonly monitor: ConnectionHealthMonitor
  readonly time: TimeSource
  readonly incident: Incident
  condemn(connection: Connection, cause: RecycleCause): void
}

/**
 * Keeps a pool on servers of the role that it wants. What a server says is looked at when a connection
 * opens, whenever it says something else, and each time before a connection is idle.
 */
export class RoleWatch {
  /**
   * Whether connections tell the role of the server that they reach. Behind a pooler they may tell that of
   * another: then they are asked when they open, and what they say later is not heeded.
   */
  areRolesTold = true
  /** What a connection said last when it opened, or when that was another answer than before. */
  inHotStandby: boolean | undefined
  /** When it said so, monotonic ms. */
  toldAt: number = Number.NEGATIVE_INFINITY
  /** Whether any server was one. */
  hasBeenStandby = false
  readonly hosts: HostRotation
  readonly wanted: TargetSessionAttrs
  readonly #ports: RoleWatchPorts

  constructor(ports: RoleWatchPorts) {
    this.#ports = ports
    this.hosts = new HostRotation(ports.target.hosts)
    this.wanted = ports.target.targetSessionAttrs
  }

  /**
   * Roles may have changed, or a server has gone: no connection is lent before it was heard of again, and
   * every host is given another chance.
   */
  doubt(): void {
    this.#ports.incident.at = this.#ports.time.now()
    this.hosts.clear()
  }

  /** Whether a connection must not be lent, by what its server says of itself. */
  isMisplaced({ wire }: Connection): boolean {
    if (this.wanted === 'any' || this.#ports.health.mode !== 'enforce') return false
    return this.areRolesTold && fitsTarget(this.wanted, wire) === false
  }

  /** The server says something else of itself than before. */
  told(connection: Connection): void {
    const { id, state, wire } = connection
    if (!this.areRolesTold) return
    this.#note(wire)
    if (state === 'opening' || state === 'closing' || state === 'closed') return // looked at when it is idle
    const { monitor, condemn } = this.#ports
    if (fitsTarget(this.wanted, wire) !== false) {
      monitor.clear('wrong_role', id)
      return
    }
    const { inHotStandby } = wire
    monitor.sight(wrongRole({ sqlState: undefined, inHotStandby, wanted: this.wanted }), id)
    this.doubt()
    // its holder may have set the default for itself, and may take that back: seen at release
    const mayBeHolders = state === 'leased' && this.wanted === 'read-write' && inHotStandby !== true
    if (!mayBeHolders && this.isMisplaced(connection)) condemn(connection, 'role')
  }

  #note({ inHotStandby }: RoleFacts): void {
    if (inHotStandby === undefined) return
    this.inHotStandby = inHotStandby
    this.toldAt = this.#ports.time.now()
    this.hasBeenStandby ||= inHotStandby
  }

  /** Whether a write was refused for the role of the server, rather than for its own transaction's mode. */
  isToBlame({ inHotStandby, readOnlyByDefault }: RoleFacts): boolean {
    if (this.wanted === 'standby') return false // no standby takes a write
    if (!this.areRolesTold || inHotStandby !== false) return true
    // a transaction that asked to be read-only gets the same error from a primary
    return this.wanted !== 'primary' && readOnlyByDefault !== false
  }
}
