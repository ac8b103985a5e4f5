// Quantities as people write them.

/** `0.31 ms`, `45 ms`, `3.5 s`, `12 min`, `3.1 h`, `20 d`. */
export function duration(ms: number): string {
  if (ms < 1_000) return `${significant(ms)} ms`
  if (ms < 120_000) return `${significant(ms / 1_000)} s`
  if (ms < 7_200_000) return `${significant(ms / 60_000)} min`
  if (ms < 172_800_000) return `${significant(ms / 3_600_000)} h`
  return `${significant(ms / 86_400_000)} d`
}

/** `1 session`, `12 sessions`. */
export function count(amount: number, noun: string): string {
  return `${amount} ${noun}${amount === 1 ? '' : 's'}`
}

/** One decimal below ten, two below one, else none. */
function significant(value: number): string {
  if (value < 1) return String(Number(value.toFixed(2)))
  return value < 10 ? String(Number(value.toFixed(1))) : String(Math.round(value))
}
