import stringWidth from 'string-width'
import { describe, expect, it } from 'vitest'
import { cut, fit, wrap } from '../../src/terminal/wrap.ts'

describe('wrap', () => {
  it('breaks between words', () => {
    expect(wrap('one two three', 8)).toEqual(['one two', 'three'])
    expect(wrap('連線 連線', 5)).toEqual(['連線', '連線'])
    expect(wrap('incomprehensibilities ok', 5)).toEqual(['incomprehensibilities', 'ok'])
  })
})

describe('cut and fit', () => {
  it('count columns, not characters', () => {
    expect(cut('plain', 5)).toBe('plain')
    expect(cut('plainly', 5)).toBe('plai…')
    expect(cut('連線池', 5)).toBe('連線…')
    expect(cut('連線池', 4)).toBe('連…')
    expect(stringWidth(fit('連線池', 4))).toBe(4)
    expect(fit('a', 3)).toBe('a  ')
  })
})
