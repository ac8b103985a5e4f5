/** Longer names are not compared: nobody mistypes a novel. */
const maxLength = 40

/**
 * The candidate that `name` was most likely meant to be, or `undefined` if none is within two
 * typos.
 */
export function nearest(name: string, candidates: Iterable<string>): string | undefined {
  if (name.length > maxLength) return undefined
  let best: string | undefined
  let fewest = Math.min(2, Math.floor(name.length / 2))
  for (const candidate of candidates) {
    if (candidate === name) continue
    const typos = distance(name.toLowerCase(), candidate.toLowerCase())
    if (typos < fewest || (typos === fewest && best === undefined)) {
      best = candidate
      fewest = typos
    }
  }
  return best
}

/** Levenshtein distance: characters to insert, leave out or replace. */
function distance(from: string, to: string): number {
  let previous = Array.from({ length: to.length + 1 }, (_, index) => index)
  for (let row = 1; row <= from.length; row++) {
    const current = [row]
    for (let column = 1; column <= to.length; column++) {
      const replaced = (previous[column - 1] ?? 0) + (from[row - 1] === to[column - 1] ? 0 : 1)
      const inserted = (current[column - 1] ?? 0) + 1
      const leftOut = (previous[column] ?? 0) + 1
      current.push(Math.min(replaced, inserted, leftOut))
    }
    previous = current
  }
  return previous[to.length] ?? 0
}
