/** Whether a duration or a count is one: finite and not negative. */
export function isQuantity(value: number): boolean {
  return value >= 0 && value < Number.POSITIVE_INFINITY
}
