/** Acts only on what stands out: the others' median must be under this share of it. */
const othersShare = 1 / 3

/**
 * Whether the value at `index` stands out from the rest: with all of them high together the cause
 * is common, and nobody is to blame. Nothing stands out alone.
 */
export function standsOut(values: readonly number[], index: number): boolean {
  const own = values[index]
  if (own === undefined || values.length < 2) return false
  let above = 0
  for (let at = 0; at < values.length; at++) {
    if (at !== index && (values[at] ?? 0) >= own * othersShare) above += 1
  }
  return above <= (values.length - 1) / 2
}
