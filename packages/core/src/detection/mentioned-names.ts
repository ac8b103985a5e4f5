import { isWordCode } from './normal-form.ts'
import { printable } from './printable.ts'

const quotes = 0x22

/** Which of some names occur in normal forms, as PostgreSQL would read an identifier there. */
export class MentionedNames {
  // Invariant: a name is either found or missing; `#lengths` are those of all names. Missing ones are held
  // by what a normal form shows of them.
  readonly found: Set<string> = new Set()
  readonly #missing = new Map<string, string[]>()
  readonly #lengths: Set<number> = new Set()

  /** Names as the catalog has them: of a name without quotes, in lower case. */
  constructor(names: Iterable<string>) {
    for (const name of names) {
      const shown = printable(name)
      const alike = this.#missing.get(shown)
      if (alike === undefined) this.#missing.set(shown, [name])
      else alike.push(name)
      this.#lengths.add(shown.length)
    }
  }

  get isComplete(): boolean {
    return this.#missing.size === 0
  }

  /** Takes a normal form in: it holds no strings, so what is quoted in it is a name. */
  read(form: string): void {
    for (let at = 0; at < form.length; ) {
      const code = form.charCodeAt(at)
      if (code === quotes) at = this.#readQuoted(form, at + 1)
      else if (isWordCode(code)) at = this.#readWord(form, at)
      else at += 1
    }
  }

  #readWord(form: string, from: number): number {
    let at = from + 1
    while (at < form.length && isWordCode(form.charCodeAt(at))) at += 1
    if (this.#lengths.has(at - from)) this.#find(form.slice(from, at))
    return at
  }

  /** Up to its closing quote; a doubled one stands for itself. */
  #readQuoted(form: string, from: number): number {
    let at = from
    let doubled = 0
    for (; at < form.length; at++) {
      if (form.charCodeAt(at) !== quotes) continue
      if (form.charCodeAt(at + 1) !== quotes) break
      doubled += 1
      at += 1
    }
    const length = at - from - doubled
    if (this.#lengths.has(length)) this.#find(form.slice(from, at).replaceAll('""', '"'))
    return at + 1
  }

  #find(shown: string): void {
    for (const name of this.#missing.get(shown) ?? []) this.found.add(name)
    this.#missing.delete(shown)
  }
}
