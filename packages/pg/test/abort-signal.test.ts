import { describe, expect, it } from 'vitest'
import { signalOf } from '../src/abort-signal.ts'

describe('signalOf', () => {
  it('finds the signal of a call', () => {
    const { signal } = new AbortController()
    expect(signalOf({ text: 'select 1', signal })).toBe(signal)
  })
  it('finds none in whatever else may stand there', () => {
    for (const other of [undefined, null, 'select 1', () => {}, {}, { signal: undefined }]) {
      expect(signalOf(other)).toBeUndefined()
    }
  })
  it('refuses what is no signal', () => {
    expect(() => signalOf({ signal: { aborted: false } })).toThrow(TypeError)
    expect(() => signalOf({ signal: null })).toThrow('expected `signal` to be an AbortSignal')
  })
})
