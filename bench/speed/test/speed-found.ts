import type { Figure, Part, SpeedFound } from '../figure.ts'
import { titles } from '../speed-name.ts'

/** What a run may have found: small, and with a number of its own in each place. */
export const speedFound: SpeedFound = {
  parts: [
    partOf('query', [
      ratioFigure('1 caller', 'cpu', titles['pg-pool'], 40, 1),
      ratioFigure('1 caller', 'cpu', titles['hale-pg'], 39, 0.975),
      ratioFigure('1 caller', 'cpu', titles['pg-pool again'], 41, 1.025),
    ]),
    partOf('tracing', [
      ratioFigure('1 caller', 'cpu', titles['hale-pg'], 39, 0.975),
      ratioFigure('1 caller', 'cpu', titles.opentelemetry, 90, 2.25),
    ]),
    partOf('contenders', [
      ratioFigure('10 callers', 'throughput', titles['hale-pg'], 20_100, 1.005),
      ratioFigure('10 callers', 'throughput', titles.knex, 15_000, 0.75),
    ]),
    partOf('overhead', [
      figure('a statement', 'per statement', 'tap', 0.4),
      figure('a statement', 'per statement', 'lending', -0.7),
    ]),
    partOf('start', [
      ratioFigure('a fresh process', 'loaded', titles['hale-pg'], 61, 1.5),
      ratioFigure('a fresh process', 'first statement', titles['hale-pg'], 82, 1.3),
      ratioFigure('a fresh process', '20 serve', titles['hale-pg'], 123, 1.1),
    ]),
  ],
}

export function partOf(name: string, figures: readonly Figure[]): Part {
  return {
    name,
    title: `title of ${name}`,
    method: `How ${name} was done.`,
    figures,
    goals: [],
    failures: [],
  }
}

export function figure(case_: string, measure: string, who: string, median: number): Figure {
  const value = { p10: median - 0.1, median, p90: median + 0.1 }
  return { case: case_, measure, unit: 'µs', who, value }
}

export function ratioFigure(
  case_: string,
  measure: string,
  who: string,
  median: number,
  ratio: number,
): Figure {
  const spread = { p10: ratio * 0.9, median: ratio, p90: ratio * 1.1 }
  return { ...figure(case_, measure, who, median), ratio: spread, baseline: titles['pg-pool'] }
}
