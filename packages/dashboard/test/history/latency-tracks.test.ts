import { createFakeClock } from '@hale/testkit'
import { describe, expect, it } from 'vitest'
import { LatencyTracks, trackLength } from '../../src/history/latency-tracks.ts'
import { FakePool } from '../fake-pool.ts'

describe('LatencyTracks', () => {
  it('has the mean of each sample, and null where nothing ran', () => {
    const pool = new FakePool(createFakeClock())
    const tracks = new LatencyTracks()
    pool.open(1)
    pool.run(1, 4)
    tracks.record(pool.snapshot())
    tracks.record(pool.snapshot())
    pool.run(1, 8)
    tracks.record(pool.snapshot())
    expect(tracks.of(1)).toEqual([4, null, 6])
  })
  it('keeps the latest of each connection, oldest first', () => {
    const pool = new FakePool(createFakeClock())
    const tracks = new LatencyTracks()
    pool.open(1)
    for (let sample = 0; sample < trackLength + 5; sample += 1) tracks.record(pool.snapshot())
    pool.run(1, 3)
    tracks.record(pool.snapshot())
    expect(tracks.of(1)).toEqual([...new Array<null>(trackLength - 1).fill(null), 3])
  })
  it('forgets connections that are gone', () => {
    const pool = new FakePool(createFakeClock())
    const tracks = new LatencyTracks()
    for (let id = 1; id <= 100; id += 1) {
      pool.open(id)
      tracks.record(pool.snapshot())
      pool.evict(id, 'lost')
    }
    tracks.record(pool.snapshot())
    expect(tracks.size).toBe(0)
    expect(tracks.of(100)).toEqual([])
  })
})
