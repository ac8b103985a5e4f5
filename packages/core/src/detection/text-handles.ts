/** Texts and characters that one generation holds; there are two. */
const maxTexts = 1_024
const maxCharacters = 65_536
/** Longer texts are not worth their memory: normalising them reads no more than this. */
const maxTextLength = 4_096
/** Characters that are copied at once, reused so that copying allocates little else. */
const codes: number[] = Array.from({ length: 1_024 }, () => 0)

/**
 * Remembers the number of each of the latest texts: up to 2,048 of them and 131,072 characters in
 * all. When the young generation is full it becomes the old one, and the old one goes.
 */
export class TextHandles {
  // Invariants: `#characters` is the length of all texts in `#young`; keys are copies of our own, as
  // the text that a caller has may be a slice that keeps megabytes alive.
  #young = new Map<string, number>()
  #old = new Map<string, number>()
  #characters = 0

  /** The number of a text, if it is still remembered; a text of the old generation becomes young. */
  get(text: string): number | undefined {
    if (text.length > maxTextLength) return undefined
    const handle = this.#young.get(text)
    if (handle !== undefined) return handle
    const older = this.#old.get(text)
    if (older !== undefined) this.set(text, older)
    return older
  }

  set(text: string, handle: number): void {
    if (text.length > maxTextLength) return
    if (this.#young.has(text)) {
      this.#young.set(text, handle)
      return
    }
    if (this.#young.size >= maxTexts || this.#characters + text.length > maxCharacters) {
      this.#old = this.#young
      this.#young = new Map()
      this.#characters = 0
    }
    this.#young.set(copyOf(text), handle)
    this.#characters += text.length
  }
}

/** The same text in memory of its own, which a slice or a concatenation would not be. */
export function copyOf(text: string): string {
  let copy = ''
  for (let at = 0; at < text.length; at += codes.length) {
    const length = Math.min(codes.length, text.length - at)
    for (let next = 0; next < length; next++) codes[next] = text.charCodeAt(at + next)
    copy += String.fromCharCode(...codes.slice(0, length))
  }
  return copy
}
