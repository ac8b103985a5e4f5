/** To microseconds: more would only be longer. */
export function rounded(value: number): number {
  return Math.round(value * 1_000) / 1_000
}
