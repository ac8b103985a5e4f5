/** Tells options from an instance of something else, of a class of pg's above all. */
export function isPlainObject(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  try {
    const prototype: unknown = Object.getPrototypeOf(value)
    return prototype === null || Object.getPrototypeOf(prototype) === null
  } catch {
    return false // a proxy whose trap throws, or that was revoked
  }
}
