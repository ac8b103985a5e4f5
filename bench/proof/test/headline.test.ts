import { expect, it } from 'vitest'
import { contenderTitles } from '../../contenders/contender.ts'
import type { Figure } from '../../speed/figure.ts'
import { partOf, ratioFigure } from '../../speed/test/speed-found.ts'
import { cpuRatios } from '../headline.ts'

const cpuOf = (name: keyof typeof contenderTitles, medianUs: number, ratio: number): Figure =>
  ratioFigure('10 callers', 'cpu', contenderTitles[name], medianUs, ratio)

it('says what the ratios within the rounds say, not those of medians over all rounds', () => {
  const loopback = partOf('loopback', [cpuOf('pg-pool', 10, 1), cpuOf('hale-pg', 8, 0.9)])
  expect(cpuRatios({ parts: [loopback] }).get('hale-pg')).toBe('0.90×')
})

it('multiplies an adapter with the same ORM on pg-pool', () => {
  const onHale = { ...cpuOf('hale-kysely', 9, 0.8), baseline: contenderTitles.kysely }
  const parts = [partOf('adapters', [cpuOf('pg-pool', 10, 1), cpuOf('kysely', 20, 1.5), onHale])]
  expect(cpuRatios({ parts })).toEqual(
    new Map([
      ['hale-kysely', '1.20×'],
      ['pg-pool', '1.00×'],
      ['kysely', '1.50×'],
    ]),
  )
})
