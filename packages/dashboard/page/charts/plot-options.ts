import uPlot from 'uplot'
import { clockMinute, clockTime } from '../words/instants.ts'

/** How a line looks: by a custom property of the style sheet, and dashed to be told apart without colour. */
export interface LineStyle {
  readonly name: string
  readonly color: string
  readonly isDashed?: boolean
  readonly isFilled?: boolean
  /** Drawn as steps: a number of things that holds until it changes. */
  readonly isStepped?: boolean
}

/** In px. */
export const plotHeight = 132
/** A chart that has just begun does not stretch its first seconds over its whole width. */
const shortestSpanMs = 60_000
/** Below this a minute has several labels. */
const secondsSpanMs = 240_000
/** Steps of an axis for numbers of things: there is no half of one. */
const wholeSteps = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000]

/** How the chart library draws these lines, with the colours that hold now. */
export function plotOptions(
  width: number,
  styles: readonly LineStyle[],
  format: (value: number) => string,
): uPlot.Options {
  const computed = getComputedStyle(document.documentElement)
  const color = (name: string): string => computed.getPropertyValue(name).trim()
  return {
    width,
    height: plotHeight,
    ms: 1,
    padding: [8, 18, 0, 0],
    legend: { show: false },
    cursor: { sync: { key: 'hale' }, y: false, drag: { x: false, y: false }, points: { size: 6 } },
    scales: {
      x: { range: (_, min, max) => [Math.min(min, max - shortestSpanMs), max] },
      y: { range: (_, __, max) => [0, max > 0 ? max * 1.1 : 1] },
    },
    axes: axesOf(styles, format, color),
    series: [{}, ...styles.map((style) => seriesOf(style, color(style.color)))],
  }
}

function axesOf(
  styles: readonly LineStyle[],
  format: (value: number) => string,
  color: (name: string) => string,
): uPlot.Axis[] {
  const axis = {
    stroke: color('--muted'),
    font: '11px system-ui, sans-serif',
    ticks: { show: false },
  }
  const isWhole = styles.every(({ isStepped }) => isStepped)
  return [
    {
      ...axis,
      grid: { show: false },
      size: 22,
      gap: 4,
      space: 64,
      values: (plot, at) => at.map(isShort(plot) ? clockTime : clockMinute),
    },
    {
      ...axis,
      grid: { stroke: color('--line'), width: 1 },
      size: 52,
      gap: 6,
      space: 36,
      values: (_, values) => values.map(format),
      ...(isWhole ? { incrs: wholeSteps } : {}),
    },
  ]
}

function isShort({ scales }: uPlot): boolean {
  return (scales['x']?.max ?? 0) - (scales['x']?.min ?? 0) < secondsSpanMs
}

function seriesOf(style: LineStyle, stroke: string): uPlot.Series {
  return {
    stroke,
    width: 1.5,
    points: { show: false },
    ...(style.isDashed ? { dash: [4, 3] } : {}),
    ...(style.isFilled ? { fill: `${stroke}22` } : {}),
    ...(style.isStepped && uPlot.paths.stepped ? { paths: uPlot.paths.stepped({ align: 1 }) } : {}),
  }
}
