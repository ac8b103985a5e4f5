import type { PoolPort } from '@hale/core'

/** The same port; what is asked of it is told as well, for a trace. */
export function toldPort(port: PoolPort, tell: (text: string) => void): PoolPort {
  return {
    connections: () => port.connections(),
    get waitingCount() {
      return port.waitingCount
    },
    min: port.min,
    canReplace: port.canReplace,
    maxUses: port.maxUses,
    idleTimeoutMs: port.idleTimeoutMs,
    probe: (id) => port.probe(id),
    awaitIdle: (id, onIdle) => port.awaitIdle(id, onIdle),
    probePair: (pair, done) =>
      port.probePair(pair, (suspectMs, referenceMs) => {
        const times = [suspectMs, referenceMs].map((ms) => ms?.toFixed(2) ?? 'nothing')
        tell(`${pair.kind} probe: ${pair.suspectId} ${times[0]}, ${pair.referenceId} ${times[1]}`)
        done(suspectMs, referenceMs)
      }),
    openCandidate(suspectId, done) {
      const opens = port.openCandidate(suspectId, (candidateId) => {
        tell(`candidate ${candidateId} for ${suspectId} is open`)
        done(candidateId)
      })
      tell(`a candidate for ${suspectId} ${opens ? 'is being opened' : 'is refused'}`)
      return opens
    },
    dropCandidate(candidateId) {
      tell(`candidate ${candidateId} is dropped`)
      port.dropCandidate(candidateId)
    },
    askServer: (id, done) =>
      port.askServer(id, (answer) => {
        tell(`the server about ${id}: ${answer}`)
        done(answer)
      }),
    replace: (id, cause) => port.replace(id, cause),
    evict: (id, cause, because) => port.evict(id, cause, because),
  }
}
