import { duration } from '../words/quantities.ts'

/** One line of a chart. */
export interface Line {
  readonly name: string
  readonly values: readonly (number | null)[]
  readonly format: (value: number) => string
}

/** The line in a sentence, for those who do not see it: now, and between which bounds. */
export function lineSummary({ name, values, format }: Line, spanMs: number): string {
  const known = values.filter((value) => value !== null)
  if (known.length === 0) return `${name}: nothing yet.`
  const latest = values.at(-1) ?? null
  const now = latest === null ? 'nothing now' : `${format(latest)} now`
  const min = known.reduce((a, b) => Math.min(a, b))
  const max = known.reduce((a, b) => Math.max(a, b))
  const range = min === max ? `always ${format(min)}` : `between ${format(min)} and ${format(max)}`
  return `${name}: ${now}, ${range} in the last ${duration(Math.max(spanMs, 10_000))}.`
}
