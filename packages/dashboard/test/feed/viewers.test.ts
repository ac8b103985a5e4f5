import { createFakeClock } from '@hale/testkit'
import { describe, expect, it } from 'vitest'
import { type Viewer, Viewers } from '../../src/feed/viewers.ts'

class FakeViewer implements Viewer {
  pendingBytes = 0
  readonly chunks: string[] = []
  fate: 'open' | 'ended' | 'destroyed' = 'open'

  write(chunk: string): void {
    this.chunks.push(chunk)
  }
  end(): void {
    this.fate = 'ended'
  }
  destroy(): void {
    this.fate = 'destroyed'
  }
}

function createWorld(max = 3) {
  const clock = createFakeClock()
  const viewers = new Viewers(max, clock)
  const join = (): FakeViewer => {
    const viewer = new FakeViewer()
    viewers.join(viewer, '{"version":1}')
    return viewer
  }
  return { clock, viewers, join }
}

describe('Viewers', () => {
  it('sends the state first, then every delta, the same bytes to everybody', () => {
    const { viewers, join } = createWorld()
    const [first, second] = [join(), join()]
    let made = 0
    viewers.send(() => {
      made += 1
      return '{"at":1}'
    })
    expect(first.chunks).toEqual([
      'retry: 2000\nevent: state\ndata: {"version":1}\n\n',
      'event: delta\ndata: {"at":1}\n\n',
    ])
    expect(second.chunks).toEqual(first.chunks)
    expect(made).toBe(1)
  })
  it('makes no delta while nobody watches', () => {
    const { viewers } = createWorld()
    viewers.send(() => {
      throw new Error('made')
    })
    expect(viewers.size).toBe(0)
  })
  it('drops whoever falls behind, and goes on with the others', () => {
    const { viewers, join } = createWorld()
    const [slow, quick] = [join(), join()]
    slow.pendingBytes = 2_000_000
    viewers.send(() => '{}')
    expect(slow.fate).toBe('destroyed')
    expect(slow.chunks).toHaveLength(1)
    expect(quick.fate).toBe('open')
    expect(viewers.size).toBe(1)
  })
  it('drops a stream that has broken, and goes on with the others', () => {
    const { viewers, join } = createWorld()
    const [broken, sound] = [join(), join()]
    broken.write = () => {
      throw new TypeError('the stream is closed')
    }
    viewers.send(() => '{}')
    expect(viewers.size).toBe(1)
    expect(sound.chunks).toHaveLength(2)
  })
  it('waits for whoever still takes a large state', () => {
    const { viewers } = createWorld()
    const viewer = new FakeViewer()
    viewers.join(viewer, 'x'.repeat(3_000_000))
    viewer.pendingBytes = 3_000_000 // of a large state, which takes its time
    viewers.send(() => '{}')
    expect(viewer.fate).toBe('open')
  })
  it('takes no more than it may, also when they come at the same time', () => {
    const { viewers, join } = createWorld(2)
    join()
    expect(viewers.isFull).toBe(false)
    join()
    expect(viewers.isFull).toBe(true)
    expect(join().fate).toBe('destroyed')
    expect(viewers.size).toBe(2)
  })
  it('pings, and ends a stream after a while so that its viewer is authorised anew', () => {
    const { clock, viewers, join } = createWorld()
    const viewer = join()
    clock.advance(15_000)
    expect(viewer.chunks.at(-1)).toBe(': ping\n\n')
    clock.advance(900_000)
    expect(viewer.fate).toBe('ended')
    expect(viewers.size).toBe(0)
  })
  it('ends every stream when it is stopped, and leaves no timer', () => {
    const { clock, viewers, join } = createWorld()
    const viewer = join()
    viewers.stop()
    expect(viewer.fate).toBe('ended')
    expect(clock.pending).toBe(0)
  })
})
