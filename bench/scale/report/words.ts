/** Three digits that matter, with separators. */
export function number(value: number): string {
  const digits = value >= 100 ? 0 : value >= 10 ? 1 : 2
  return value.toLocaleString('en', { maximumFractionDigits: digits })
}

/** `null` is what did not happen as long as it was simulated. */
export function count(value: number | null): string {
  return value === null ? 'never' : Math.round(value).toLocaleString('en')
}

export function seconds(ms: number | null): string {
  return ms === null ? 'never' : `${(ms / 1_000).toFixed(ms < 10_000 ? 2 : 1)} s`
}
