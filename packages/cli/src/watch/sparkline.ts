const bars = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'] as const

/** The latest `width` values as bars between 0 and the largest; a blank where there is none. */
export function sparkline(values: readonly (number | null)[], width: number): string {
  const latest = width > 0 ? values.slice(-width) : []
  const shown = latest.map((value) => (Number.isFinite(value) ? value : null))
  const largest = Math.max(0, ...shown.map((value) => value ?? 0))
  return shown
    .map((value) => {
      if (value === null) return ' '
      if (largest === 0) return bars[0]
      const step = Math.round((Math.max(0, value) / largest) * (bars.length - 1))
      return bars[step] ?? bars[0]
    })
    .join('')
    .padStart(width)
}
