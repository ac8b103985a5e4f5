import { describe, expect, it } from 'vitest'
import { type HealthEvent, HealthEventEmitter } from '../../src/index.ts'

const closed: HealthEvent = { type: 'pool:closed', closedHard: 0, at: 1 }
const opened: HealthEvent = { type: 'breaker:closed', at: 2 }

describe('a listener', () => {
  it('may throw a million times: its errors are counted and not kept', () => {
    const emitter = new HealthEventEmitter()
    const problem = new Error('listener')
    emitter.on('pool:closed', () => {
      throw problem
    })
    for (let run = 0; run < 1_000_000; run++) emitter.publish(closed)
    expect(emitter.listenerErrors).toBe(1_000_000)
  })

  it('may throw whatever can be thrown', () => {
    const emitter = new HealthEventEmitter()
    const thrown = [undefined, null, Symbol('x'), 1n, Object.create(null), 'text']
    for (const value of thrown) {
      emitter.on('pool:closed', () => {
        throw value
      })
    }
    emitter.publish(closed)
    expect(emitter.listenerErrors).toBe(thrown.length)
  })

  it('may reject, or throw within `then`, without an unhandled rejection', async () => {
    const emitter = new HealthEventEmitter()
    emitter.on('pool:closed', async () => Promise.reject(new Error('later')))
    emitter.once('pool:closed', () => Promise.reject(undefined))
    const thenable: PromiseLike<never> = {
      // biome-ignore lint/suspicious/noThenProperty: it is what the test is about
      then: (_resolve, reject) => {
        reject?.('at once')
        throw new Error('and then')
      },
    }
    emitter.on('pool:closed', () => thenable)
    emitter.publish(closed)
    await new Promise((resolve) => setImmediate(resolve))
    expect(emitter.listenerErrors).toBe(4) // what is rejected and thrown is two errors
  })

  it('may give back a promise that never settles: nobody waits for it', () => {
    const emitter = new HealthEventEmitter()
    let later = 0
    emitter.on('pool:closed', () => new Promise(() => {}))
    emitter.on('pool:closed', () => void later++)
    emitter.publish(closed)
    expect(later).toBe(1)
    expect(emitter.listenerErrors).toBe(0)
  })

  it('may take itself and others off, and add some, while it is called', () => {
    const emitter = new HealthEventEmitter()
    const calls: string[] = []
    const self = (): void => {
      calls.push('self')
      emitter.off('pool:closed', self)
      emitter.removeAllListeners('breaker:closed')
      emitter.on('pool:closed', () => void calls.push('added'))
    }
    emitter.on('pool:closed', self)
    emitter.on('breaker:closed', () => void calls.push('gone'))
    emitter.publish(closed)
    expect(calls).toEqual(['self'])
    emitter.publish(closed)
    emitter.publish(opened)
    expect(calls).toEqual(['self', 'added'])
  })

  it('may publish again within itself, as deep as it ends', () => {
    const emitter = new HealthEventEmitter()
    let depth = 0
    emitter.on('pool:closed', () => {
      depth += 1
      if (depth < 100) emitter.publish(closed)
    })
    emitter.publish(closed)
    expect(depth).toBe(100)
  })

  it('that never stops publishing overflows its own stack alone', () => {
    const emitter = new HealthEventEmitter()
    emitter.on('pool:closed', () => emitter.publish(closed))
    expect(() => emitter.publish(closed)).not.toThrow()
    expect(emitter.listenerErrors).toBeGreaterThan(0)
  })

  it.each(['__proto__', 'constructor', 'hasOwnProperty', 'toString'])(
    'hears nothing under the name %s that nobody publishes',
    (name) => {
      const emitter = new HealthEventEmitter()
      expect(emitter.hears(name as never)).toBe(false)
      emitter.publish({ ...closed, type: name } as never)
      expect(emitter.listenerErrors).toBe(0)
    },
  )
})
