import { describe, expect, it } from 'vitest'
import { createSeededRandom } from '../src/index.ts'

const draw = (random: () => number, count: number): number[] =>
  Array.from({ length: count }, random)

describe('createSeededRandom', () => {
  it('repeats itself for the same seed', () => {
    expect(draw(createSeededRandom(7), 100)).toEqual(draw(createSeededRandom(7), 100))
  })

  it('differs between neighbouring seeds from the first number on', () => {
    const firsts = Array.from({ length: 100 }, (_, seed) => createSeededRandom(seed)())
    expect(new Set(firsts).size).toBe(100)
  })

  it('draws the numbers of mulberry32', () => {
    expect(draw(createSeededRandom(1), 3)).toEqual([
      0.6270739405881613, 0.002735721180215478, 0.5274470399599522,
    ])
  })

  it('stays within 0 and 1 and fills the range evenly', () => {
    const numbers = draw(createSeededRandom(42), 20_000)
    expect(numbers.every((number) => number >= 0 && number < 1)).toBe(true)
    const tenths = Array.from(
      { length: 10 },
      (_, tenth) => numbers.filter((n) => Math.floor(n * 10) === tenth).length,
    )
    for (const count of tenths) expect(Math.abs(count - 2_000)).toBeLessThan(200)
  })
})
