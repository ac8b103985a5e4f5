import { setAttribute, svg } from '../dom/element.ts'
import type { View } from '../dom/view.ts'

/** What all sparklines of a pool have in common, so that they can be compared. */
export interface SparkScale {
  readonly medianMs: number
  readonly maxMs: number
}

const width = 100
const height = 24
const slots = 60

/** A scale that fits all of them. */
export function sparkScale(latencies: readonly (readonly (number | null)[])[]): SparkScale {
  const values = latencies.flat().filter((value) => value !== null)
  values.sort((a, b) => a - b)
  const medianMs = values[values.length >> 1] ?? 1
  return { medianMs: Math.max(medianMs, 0.001), maxMs: Math.max(values.at(-1) ?? 1, medianMs * 3) }
}

/** The line as a path, the latest at the right; gaps where nothing ran. Logarithmic above the median. */
export function sparkPath(latencyMs: readonly (number | null)[], scale: SparkScale): string {
  const top = Math.log1p(scale.maxMs / scale.medianMs)
  const latest = latencyMs.slice(-slots)
  const step = width / (slots - 1)
  let path = ''
  let isPenDown = false
  latest.forEach((value, index) => {
    if (value === null) {
      isPenDown = false
      return
    }
    const x = width - (latest.length - 1 - index) * step
    const y = height - 1 - (Math.log1p(value / scale.medianMs) / top) * (height - 2)
    // a lone point is a line of no length, which round caps show
    path += isPenDown ? `L${fixed(x)} ${fixed(y)}` : `M${fixed(x)} ${fixed(y)}h0`
    isPenDown = true
  })
  return path
}

/** Draws it; what it shows is told in words elsewhere. */
export function createSparkline(): View<
  { readonly latencyMs: readonly (number | null)[]; readonly scale: SparkScale },
  SVGSVGElement
> {
  const line = svg('path', { class: 'spark-line' })
  const element = svg(
    'svg',
    {
      class: 'spark',
      viewBox: `0 0 ${width} ${height}`,
      preserveAspectRatio: 'none',
      'aria-hidden': 'true',
    },
    svg('path', { class: 'spark-base', d: `M0 ${height - 0.5}H${width}` }),
    line,
  )
  return {
    element,
    update: ({ latencyMs, scale }) => setAttribute(line, 'd', sparkPath(latencyMs, scale)),
  }
}

function fixed(value: number): string {
  return String(Number(value.toFixed(1)))
}
