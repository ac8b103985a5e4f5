import { HealthError } from '@hale/core'

/** Why a replica was not chosen. */
export type ReplicaRefusal = 'not-serving' | 'lagging' | 'promoted'

/**
 * No replica of a group is fit, and `replicaFallback` is `'error'`. `replicas` says why, by name: its server
 * does not answer, it is too far behind, or it is a primary by now. Empty where none is registered.
 */
export class NoReplicaError extends HealthError {
  override readonly name = 'NoReplicaError'
  readonly code = 'HALE_SERVER_UNAVAILABLE'
  readonly group: string
  readonly replicas: Readonly<Record<string, ReplicaRefusal>>
  constructor(group: string, replicas: Readonly<Record<string, ReplicaRefusal>>) {
    const reasons = Object.entries(replicas).map(([name, reason]) => `${name} is ${reason}`)
    super(`no replica of group ${group} is fit: ${reasons.join(', ') || 'none is registered'}`)
    this.group = group
    this.replicas = replicas
  }
}
