// Quantities as people write them, with a space that does not break before the unit.

const space = '\u00a0'

/** `12 statements`, `1 peer`; rounded, as decayed counts have fractions. */
export function count(amount: number, noun: string, nouns = `${noun}s`): string {
  const rounded = Math.round(amount)
  return `${integer(rounded)}${space}${rounded === 1 ? noun : nouns}`
}

/** `1,204`, grouped in thousands. */
export function integer(amount: number): string {
  return Math.round(amount).toLocaleString('en')
}

/** `980`, `1.1k`, `2.4m`, where there is little room. */
export function compact(amount: number): string {
  if (amount < 1_000) return String(Math.round(amount))
  return amount < 1_000_000 ? `${significant(amount / 1e3)}k` : `${significant(amount / 1e6)}m`
}

/** `3.2 ms`, `450 ms`, `1.2 s`, `12 s`, `4.5 min`, `3.1 h`, `6 days`. */
export function duration(ms: number): string {
  if (ms < 1_000) return `${significant(ms)}${space}ms`
  if (ms < 120_000) return `${significant(ms / 1_000)}${space}s`
  if (ms < 7_200_000) return `${significant(ms / 60_000)}${space}min`
  if (ms < 172_800_000) return `${significant(ms / 3_600_000)}${space}h`
  return `${integer(ms / 86_400_000)}${space}days`
}

/** An age: whole seconds at least, as nobody asks for more. */
export function age(ms: number): string {
  return ms < 10_000 ? `${Math.floor(Math.max(0, ms) / 1000)}${space}s` : duration(ms)
}

/** `0.8 %`. */
export function percent(ratio: number): string {
  return `${significant(ratio * 100)}${space}%`
}

/** `300 MiB`, `12 KiB`. */
export function bytes(amount: number): string {
  if (amount < 2 ** 20) return `${significant(amount / 2 ** 10)}${space}KiB`
  return amount < 2 ** 30
    ? `${significant(amount / 2 ** 20)}${space}MiB`
    : `${significant(amount / 2 ** 30)}${space}GiB`
}

/** One decimal below ten, two below one, else none. */
export function significant(value: number): string {
  if (Math.abs(value) < 1) return String(Number(value.toFixed(2)))
  return Math.abs(value) < 10 ? String(Number(value.toFixed(1))) : integer(value)
}

/** `+2.1`, `−0.3`, `0`. */
export function signed(value: number): string {
  const text = significant(Math.abs(value))
  if (text === '0') return text
  return `${value < 0 ? '−' : '+'}${text}`
}

/** `a`, `a and b`, `a, b and c`. */
export function list(parts: readonly string[]): string {
  const last = parts.at(-1) ?? ''
  return parts.length < 2 ? last : `${parts.slice(0, -1).join(', ')} and ${last}`
}
