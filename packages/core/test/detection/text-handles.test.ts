import { describe, expect, it } from 'vitest'
import { copyOf, TextHandles } from '../../src/detection/text-handles.ts'

describe('TextHandles', () => {
  it('gives the number that a text was given last', () => {
    const texts = new TextHandles()
    expect(texts.get('a')).toBeUndefined()
    texts.set('a', 1)
    texts.set('a', 2)
    expect(texts.get('a')).toBe(2)
  })

  it('forgets what was not asked for while two generations passed', () => {
    const texts = new TextHandles()
    texts.set('idle', 1)
    texts.set('used', 2)
    for (let index = 0; index < 2_200; index++) {
      texts.set(`other ${index}`, index)
      expect(texts.get('used')).toBe(2)
    }
    expect(texts.get('idle')).toBeUndefined()
  })

  it('holds at most 2,048 texts and 131,072 characters', () => {
    for (const length of [8, 600, 4_096]) {
      const texts = new TextHandles()
      const nth = (index: number): string => `${index}`.padStart(length, '-')
      for (let index = 0; index < 3_000; index++) texts.set(nth(index), index)
      // the latest first: asking for an old text makes room for it by forgetting older ones
      let known = 0
      while (texts.get(nth(2_999 - known)) !== undefined) known += 1
      expect(known).toBeLessThanOrEqual(Math.min(2_048, 131_072 / length))
      expect(known).toBeGreaterThanOrEqual(Math.floor(Math.min(1_024, 65_536 / length)))
    }
  })

  it('remembers no text of more than 4,096 characters', () => {
    const texts = new TextHandles()
    texts.set('x'.repeat(4_097), 1)
    expect(texts.get('x'.repeat(4_097))).toBeUndefined()
    texts.set('x'.repeat(4_096), 1)
    expect(texts.get('x'.repeat(4_096))).toBe(1)
  })
})

describe('copyOf', () => {
  it('reads the same', () => {
    for (const text of ['', 'a', 'ж\ud800\0😀', 'ab'.repeat(3_000)]) expect(copyOf(text)).toBe(text)
  })
})
