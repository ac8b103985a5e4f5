import { describe, expect, it, vi } from 'vitest'
import type { HealthEvent } from '../src/index.ts'
import { HealthEventEmitter } from '../src/index.ts'

const closed: HealthEvent = { type: 'pool:closed', closedHard: 0, at: 1 }

function boom(): never {
  throw new Error('listener')
}

describe('HealthEventEmitter', () => {
  it('calls the listeners of the type in order', () => {
    const emitter = new HealthEventEmitter()
    const calls: string[] = []
    emitter.on('pool:closed', (event) => calls.push(`first ${event.at}`))
    emitter.addListener('pool:closed', () => calls.push('second'))
    emitter.on('breaker:closed', () => calls.push('other'))
    emitter.publish(closed)
    expect(calls).toEqual(['first 1', 'second'])
  })

  it('contains and counts a listener that throws, and calls the next', () => {
    const emitter = new HealthEventEmitter()
    const next = vi.fn()
    emitter.on('pool:closed', boom)
    emitter.once('pool:closed', boom)
    emitter.on('pool:closed', next)
    emitter.publish(closed)
    emitter.publish(closed)
    expect(next).toHaveBeenCalledTimes(2)
    expect(emitter.listenerErrors).toBe(3)
  })

  it('contains it for events that are emitted directly as well', () => {
    const emitter = new HealthEventEmitter()
    emitter.on('pool:closed', boom)
    emitter.emit('pool:closed', { type: 'pool:closed', closedHard: 0, at: 1 })
    expect(emitter.listenerErrors).toBe(1)
  })

  it('contains and counts a promise that rejects', async () => {
    const emitter = new HealthEventEmitter()
    emitter.on('pool:closed', async () => boom())
    emitter.publish(closed)
    await new Promise((resolve) => setTimeout(resolve, 0)) // vitest fails on an unhandled rejection
    expect(emitter.listenerErrors).toBe(1)
  })

  it('contains thenables that fight back', () => {
    const emitter = new HealthEventEmitter()
    emitter.on('pool:closed', () => Object.defineProperty({}, 'then', { value: boom }))
    emitter.on('pool:closed', () => Object.defineProperty({}, 'then', { get: boom }))
    emitter.publish(closed)
    expect(emitter.listenerErrors).toBe(2)
  })

  it('calls a once listener once', () => {
    const emitter = new HealthEventEmitter()
    const listener = vi.fn()
    emitter.once('pool:closed', listener)
    emitter.publish(closed)
    emitter.publish(closed)
    expect(listener).toHaveBeenCalledTimes(1)
    expect(emitter.hears('pool:closed')).toBe(false)
  })

  it.each(['off', 'removeListener'] as const)('takes a listener off again with %s', (off) => {
    const emitter = new HealthEventEmitter()
    const listener = vi.fn()
    emitter.on('pool:closed', listener).on('breaker:closed', listener).once('pool:closed', listener)
    emitter[off]('pool:closed', listener)
    emitter.publish(closed)
    expect(listener).not.toHaveBeenCalled()
    expect(emitter.hears('breaker:closed')).toBe(true)
  })

  it('takes all listeners of a type off without naming one', () => {
    const emitter = new HealthEventEmitter()
    emitter.on('pool:closed', boom).off('pool:closed')
    expect(emitter.hears('pool:closed')).toBe(false)
  })

  it('gives out listeners as they were added', () => {
    const emitter = new HealthEventEmitter()
    emitter.on('pool:closed', boom)
    expect(emitter.listeners('pool:closed')).toEqual([boom])
  })

  it('calls a listener with its context', () => {
    const emitter = new HealthEventEmitter()
    const context = { seen: 0 }
    const listener = function (this: typeof context): void {
      this.seen += 1
    }
    emitter.on('pool:closed', listener, context)
    emitter.publish(closed)
    emitter.off('pool:closed', listener, context)
    emitter.publish(closed)
    expect(context.seen).toBe(1)
  })

  it('hears what the mirror hears, and mirrors only that', () => {
    const mirrored: HealthEvent[] = []
    const mirror = {
      hears: (type: string) => type === 'pool:closed',
      publish: (event: HealthEvent) => void mirrored.push(event),
    }
    const emitter = new HealthEventEmitter({ mirror })
    expect(emitter.hears('pool:closed')).toBe(true)
    expect(emitter.hears('breaker:closed')).toBe(false)
    emitter.publish(closed)
    emitter.publish({ type: 'breaker:closed', at: 2 })
    expect(mirrored).toEqual([closed])
  })

  it('contains a mirror that throws', () => {
    const emitter = new HealthEventEmitter({ mirror: { hears: () => true, publish: boom } })
    emitter.publish(closed)
    expect(emitter.listenerErrors).toBe(1)
    const deaf = new HealthEventEmitter({ mirror: { hears: boom, publish: boom } })
    expect(deaf.hears('pool:closed')).toBe(false)
    deaf.publish(closed)
    expect(deaf.listenerErrors).toBe(2)
  })
})
