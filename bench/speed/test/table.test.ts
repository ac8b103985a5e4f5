import { describe, expect, it } from 'vitest'
import { renderPart } from '../table.ts'
import { figure, partOf, ratioFigure } from './speed-found.ts'

describe('a part as text', () => {
  it('names a case and a measure once for those that share it', () => {
    const part = partOf('query', [
      ratioFigure('1 caller', 'cpu', 'pg-pool', 40, 1),
      ratioFigure('1 caller', 'cpu', 'Hale', 39, 0.975),
      ratioFigure('10 callers', 'cpu', 'Hale', 30, 0.9),
    ])
    const text = renderPart(part)
    expect(text.match(/1 caller /g)).toHaveLength(1)
    expect(text.match(/10 callers /g)).toHaveLength(1)
    expect(text).toContain('0.975  0.877..1.073')
  })

  it('leaves the ratio open where there is none', () => {
    expect(renderPart(partOf('sweep', [figure('10 connections', 'sweep', 'Hale', 50)]))).toMatch(
      /49\.9\.\.50\.1$/,
    )
  })

  it('ends with what could not be measured', () => {
    const text = renderPart({ ...partOf('size', []), failures: ['slonik: too large'] })
    expect(text.endsWith('not measured: slonik: too large')).toBe(true)
  })
})
