// Quantities as people write them.

/** `12 statements`, `1 peer`; rounded, as decayed counts have fractions. */
export function count(amount: number, noun: string): string {
  const rounded = Math.round(amount)
  return `${rounded} ${noun}${rounded === 1 ? '' : 's'}`
}

/** `3.2 ms`, `450 ms`, `3.5 s`, `4.5 min`, `3.1 h`, `20 d`. */
export function duration(ms: number): string {
  if (ms < 1_000) return `${significant(ms)} ms`
  if (ms < 120_000) return `${significant(ms / 1_000)} s`
  if (ms < 7_200_000) return `${significant(ms / 60_000)} min`
  if (ms < 172_800_000) return `${significant(ms / 3_600_000)} h`
  return `${significant(ms / 86_400_000)} d`
}

/** `0.8 %`. */
export function percent(ratio: number): string {
  return `${significant(ratio * 100)} %`
}

/** `300 MiB`. */
export function mebibytes(bytes: number): string {
  return `${significant(bytes / 2 ** 20)} MiB`
}

/** One decimal below ten, two below one, else none. */
export function significant(value: number): string {
  if (value < 1) return String(Number(value.toFixed(2)))
  return value < 10 ? String(Number(value.toFixed(1))) : String(Math.round(value))
}
