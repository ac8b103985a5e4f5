// Quantities as people write them; the words of core's explanations.

/** `12 callers`, `1 caller`. */
export function count(amount: number, noun: string): string {
  return `${amount} ${noun}${amount === 1 ? '' : 's'}`
}

/** `3.2 ms`, `450 ms`, `12 s`, `4.5 min`, `3.1 h`. */
export function duration(ms: number): string {
  if (ms < 10_000) return `${significant(ms)} ms`
  if (ms < 120_000) return `${significant(ms / 1_000)} s`
  if (ms < 7_200_000) return `${significant(ms / 60_000)} min`
  return `${significant(ms / 3_600_000)} h`
}

/** To microseconds: more would only be longer. */
export function rounded(value: number): number {
  return Math.round(value * 1_000) / 1_000
}

function significant(value: number): string {
  if (value < 1) return String(Number(value.toFixed(2)))
  return value < 10 ? String(Number(value.toFixed(1))) : String(Math.round(value))
}
