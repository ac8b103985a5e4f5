import type { PoolSnapshot } from '@hale/pg'
import { rounded } from '../rounded.ts'

/** Samples that are remembered of each connection. */
export const trackLength = 60

interface Track {
  /** NaN where nothing ran. */
  readonly meansMs: Float32Array
  taken: number
  attempts: number
}

/** Mean statement times of each open connection at the latest samples; those that are gone are forgotten. */
export class LatencyTracks {
  // Invariant: there is a track for each connection of the latest sample, and for no other.
  #tracks = new Map<number, Track>()

  record({ connections }: Pick<PoolSnapshot, 'connections'>): void {
    const kept = new Map<number, Track>()
    for (const { connectionId, metrics } of connections) {
      const track = this.#tracks.get(connectionId) ?? newTrack()
      const { attemptsTotal, queryMeanMs = Number.NaN } = metrics
      const hasRun = attemptsTotal !== track.attempts
      track.meansMs[track.taken % trackLength] = hasRun ? queryMeanMs : Number.NaN
      track.taken += 1
      track.attempts = attemptsTotal
      kept.set(connectionId, track)
    }
    this.#tracks = kept
  }

  /** Oldest first, at most 60; `null` where nothing ran. */
  of(connectionId: number): readonly (number | null)[] {
    const track = this.#tracks.get(connectionId)
    if (track === undefined) return []
    const means: (number | null)[] = []
    for (let at = Math.max(0, track.taken - trackLength); at < track.taken; at += 1) {
      const meanMs = track.meansMs[at % trackLength] as number
      means.push(Number.isNaN(meanMs) ? null : rounded(meanMs))
    }
    return means
  }

  get size(): number {
    return this.#tracks.size
  }
}

function newTrack(): Track {
  return { meansMs: new Float32Array(trackLength), taken: 0, attempts: 0 }
}
