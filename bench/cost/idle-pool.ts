import {
  type ConnectionHealthMonitor,
  type PoolPort,
  type SupervisedConnection,
  unknownFingerprint,
} from '@hale/core'

/** A pool whose connections are all lent and healthy, and that does nothing it is asked. */
export function createIdlePool(monitor: ConnectionHealthMonitor, size: number): PoolPort {
  const connections: SupervisedConnection[] = Array.from({ length: size }, (_, index) => ({
    id: index + 1,
    metrics: monitor.track(index + 1),
    supervisedState: 'leased',
    openedAt: 0,
    deadlineAt: Number.POSITIVE_INFINITY,
    uses: 0,
    idleSince: 0,
    leasedAt: 0,
    leasedBy: undefined,
    isListening: false,
    isDoubted: false,
    heardAt: 0,
    isLeaving: false,
    runningSince: undefined,
    runningFingerprint: unknownFingerprint,
    unsentBytes: 0,
    receivedBytes: 0,
    transactionSince: undefined,
  }))
  return {
    connections: () => connections,
    waitingCount: 0,
    min: 0,
    canReplace: true,
    maxUses: Number.POSITIVE_INFINITY,
    idleTimeoutMs: false,
    probe: () => {},
    probePair: () => false,
    awaitIdle: () => {},
    openCandidate: () => false,
    dropCandidate: () => {},
    askServer: () => false,
    replace: () => false,
    evict: () => {},
  }
}
