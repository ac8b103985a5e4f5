import { describe, expect, it, vi } from 'vitest'
import { Screen } from '../../src/watch/screen.ts'
import { createFakePorts } from '../fake-ports.ts'

const leave = '\u001b[?25h\u001b[?1049l'

function openScreen(rows: number = 5) {
  const ports = createFakePorts({}, { isTTY: true, columns: 40, rows })
  const onQuit = vi.fn()
  const onResize = vi.fn()
  return { ports, onQuit, onResize, screen: new Screen(ports, { onQuit, onResize }) }
}

describe('Screen', () => {
  it('gives the terminal back as it was, once', () => {
    const { ports, screen } = openScreen()
    expect(ports.written.stdout).toBe('\u001b[?1049h\u001b[?25l')
    screen.close()
    screen.close()
    expect(ports.written.stdout.endsWith(leave)).toBe(true)
    expect(ports.written.stdout.split(leave)).toHaveLength(2)
    expect(ports.rawModes).toEqual([true, false])
    expect(ports.stdin.listenerCount('data')).toBe(0)
    expect(ports.stdout.listenerCount('resize')).toBe(0)
    expect(ports.signals.eventNames()).toEqual([])
  })
  it('gives it back when the process ends without a close', () => {
    const { ports } = openScreen()
    ports.signals.emit('exit')
    expect(ports.written.stdout.endsWith(leave)).toBe(true)
  })
  it.each(['q', 'Q', '\u0003', '\u0004', 'abq'])('quits on the key %j', (key) => {
    const { ports, onQuit } = openScreen()
    ports.stdin.emit('data', Buffer.from(key))
    expect(onQuit).toHaveBeenCalledOnce()
  })
  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'])('quits on %s', (signal) => {
    const { ports, onQuit } = openScreen()
    ports.signals.emit(signal)
    expect(onQuit).toHaveBeenCalledOnce()
  })
  it('ignores other keys', () => {
    const { ports, onQuit } = openScreen()
    ports.stdin.emit('data', Buffer.from('\u001b[A x'))
    expect(onQuit).not.toHaveBeenCalled()
  })
  it('shows what there is room for, and says what is left', () => {
    const { ports, screen } = openScreen(3)
    screen.draw(['one', 'two', 'three', 'four'])
    expect(ports.written.stdout).toContain('one')
    expect(ports.written.stdout).toContain('two')
    expect(ports.written.stdout).not.toContain('three')
    expect(ports.written.stdout).toContain('q ends · 2 more lines')
  })
  it('tells of another size', () => {
    const { ports, onResize } = openScreen()
    ports.stdout.emit('resize')
    expect(onResize).toHaveBeenCalledOnce()
  })
})
