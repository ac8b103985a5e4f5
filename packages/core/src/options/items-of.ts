/** Items that a list of options may have: nobody names more servers, and a list of a billion holes is none. */
export const maxItems = 100

/** A copy of a list; `undefined` for what is no list, cannot be read, or has more than 100 items. */
export function itemsOf(value: unknown): readonly unknown[] | undefined {
  try {
    if (!Array.isArray(value)) return undefined
    const { length } = value
    return length <= maxItems ? Array.from<unknown>(value) : undefined
  } catch {
    return undefined // a proxy whose trap throws, or that was revoked
  }
}
