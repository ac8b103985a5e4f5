import { EventEmitter } from 'node:events'
import { describe, expect, it } from 'vitest'
import { watchQuit } from '../../src/demo/until-quit.ts'

function terminal(isTTY: boolean): EventEmitter & { isRaw: boolean; isTTY: boolean } {
  return Object.assign(new EventEmitter(), {
    isTTY,
    isRaw: false,
    setRawMode(isRaw: boolean) {
      this.isRaw = isRaw
    },
    resume: () => {},
    pause: () => {},
  }) as never
}

describe('watchQuit', () => {
  it.each(['SIGINT', 'SIGTERM'])('ends at %s, and leaves the next one to the system', (name) => {
    const signals = new EventEmitter()
    const quit = watchQuit({ stdin: terminal(false) as never, signals })
    signals.emit(name)
    expect(quit.signal.aborted).toBe(true)
    expect(signals.eventNames()).toEqual([])
  })

  it.each(['q', '\u0003'])('ends at the key %j, and gives the terminal back', (key) => {
    const stdin = terminal(true)
    const quit = watchQuit({ stdin: stdin as never, signals: new EventEmitter() })
    expect(stdin.isRaw).toBe(true)
    stdin.emit('data', Buffer.from(key))
    expect(quit.signal.aborted).toBe(true)
    expect({ isRaw: stdin.isRaw, listeners: stdin.eventNames() }).toEqual({
      isRaw: false,
      listeners: [],
    })
  })

  it('goes on at any other key', () => {
    const stdin = terminal(true)
    const quit = watchQuit({ stdin: stdin as never, signals: new EventEmitter() })
    stdin.emit('data', Buffer.from('x'))
    expect(quit.signal.aborted).toBe(false)
  })

  it('reads no keys where there is no terminal', () => {
    const stdin = terminal(false)
    watchQuit({ stdin: stdin as never, signals: new EventEmitter() })
    expect(stdin.eventNames()).toEqual([])
  })
})
