import { printableCode } from './printable.ts'

/** Characters of the longest normal form; what is longer is cut and ends with `…`. */
const maxFormLength = 512
/** Brackets deeper than this are copied, and lists in them are not folded. */
const maxDepth = 32
/** Every character read writes at most itself and one space. */
const capacity = 2 * 4_096 + 2

const space = 0x20
const quotes = 0x22
const openParenthesis = 0x28
const closeParenthesis = 0x29
const plus = 0x2b
const comma = 0x2c
const minus = 0x2d
const placeholder = 0x3f
const openBracket = 0x5b
const closeBracket = 0x5d
const ellipsis = 0x2026

/** Words that stand for a value when they are a whole item of a list. */
const constants = ['null', 'true', 'false', 'default']

/** What `plain` does with an ASCII character; larger numbers are the character to write. */
const special = 0
const blank = 1
const withinWord = 2
const plains: Uint8Array = Uint8Array.from({ length: 128 }, (_, code) => {
  const character = String.fromCharCode(code)
  if (code <= space || code === 0x7f) return blank
  if (/[0-9$]/.test(character)) return withinWord
  return /["'(),/?[\]-]/.test(character) ? special : character.toLowerCase().charCodeAt(0)
})

/** Whether a character may go on an identifier. As PostgreSQL has it, all beyond ASCII may. */
export function isWordCode(code: number): boolean {
  if (code >= 128) return true
  const lower = code | 0x20
  return (lower >= 0x61 && lower <= 0x7a) || code === 0x5f || plains[code] === withinWord
}

/**
 * Writes a statement's tokens in normal form: spaces, case, and lists and rows folded as they end.
 * Reused for statement after statement, so that writing allocates nothing.
 */
export class NormalForm {
  // Invariants: every decision rests on the characters before `#length` alone, so that a normal form
  // read again stays as it is; `#itemAt[d]` is where the current item at bracket depth d begins, and
  // of meaning for d ≤ #depth.
  readonly #out: number[] = Array.from({ length: capacity }, () => 0)
  readonly #openAt: Int32Array = new Int32Array(maxDepth + 1)
  readonly #itemAt: Int32Array = new Int32Array(maxDepth + 1)
  readonly #earlierAt: Int32Array = new Int32Array(maxDepth + 1)
  #length = 0
  #depth = 0
  #isSpaced = false
  #isCut = false

  clear(): void {
    this.#isCut = false
    this.#length = 0
    this.#depth = 0
    this.#isSpaced = false
    this.#itemAt[0] = 0
  }

  /** White space or a comment was read. */
  space(): void {
    this.#isSpaced = true
  }

  /** What comes next is not to be read, because nobody can tell what of it is a literal. */
  cut(): void {
    this.#isCut = true
  }

  symbol(code: number): void {
    this.#begin()
    this.#out[this.#length++] = code
  }

  /**
   * Copies keywords, identifiers, operators and the space between them, which most of a statement is;
   * returns where something else begins.
   */
  plain(text: string, at: number, end: number): number {
    const out = this.#out
    let length = this.#length
    let isSpaced = this.#isSpaced
    let next = at
    for (; next < end; next++) {
      const code = text.charCodeAt(next)
      let plain = code < 128 ? (plains[code] ?? special) : printableCode(code)
      if (plain <= withinWord) {
        if (plain === blank) {
          isSpaced = true
          continue
        }
        if (plain === special || next === at || !isWordCode(text.charCodeAt(next - 1))) break
        plain = code
      }
      if (isSpaced) {
        isSpaced = false
        if (length > 0 && takesSpace(out[length - 1])) out[length++] = space
      }
      out[length++] = plain
    }
    this.#length = length
    this.#isSpaced = isSpaced
    return next
  }

  /** Takes back the last `count` characters and a space before them. */
  takeBack(count: number): void {
    this.#length -= count
    if (this.#length === 0 || this.#out[this.#length - 1] !== space) return
    this.#length -= 1
    this.#isSpaced = true
  }

  /**
   * Copies the quoted identifier at `at` as it is, save what cannot be printed; returns where it ends.
   * One that is not closed may be anything, so it goes.
   */
  quoted(text: string, at: number, end: number): number {
    const out = this.#out
    const openAt = this.#length
    const isSpaced = this.#isSpaced
    this.symbol(quotes)
    let length = this.#length
    for (let next = at + 1; next < end; next++) {
      const code = text.charCodeAt(next)
      out[length++] = printableCode(code)
      if (code === quotes) {
        this.#length = length
        return next + 1
      }
    }
    this.#length = openAt
    this.#isSpaced = isSpaced
    return end
  }

  /** A value, be it a literal or a parameter. Its sign goes, where it can only be a sign. */
  placeholder(): void {
    while (this.#endsWithSign()) this.takeBack(1)
    this.symbol(placeholder)
  }

  comma(): void {
    this.#endItem()
    this.#out[this.#length++] = comma
    this.#isSpaced = true
    if (this.#depth > maxDepth) return
    this.#earlierAt[this.#depth] = this.#itemAt[this.#depth] ?? 0
    this.#itemAt[this.#depth] = this.#length + 1
  }

  open(code: number): void {
    this.symbol(code)
    this.#depth += 1
    if (this.#depth > maxDepth) return
    this.#openAt[this.#depth] = this.#length - 1
    this.#itemAt[this.#depth] = this.#length
  }

  close(code: number): void {
    this.#endItem()
    this.#isSpaced = false
    this.#out[this.#length++] = code
    if (this.#depth === 0) return
    if (this.#depth <= maxDepth) this.#foldGroup(this.#openAt[this.#depth] ?? 0)
    this.#depth -= 1
  }

  /** The normal form, a fresh flat string. `isCut`: the statement goes on after what was read. */
  toText(isCut: boolean): string {
    if (isCut || this.#isCut) {
      this.#dropUnfinished()
      this.plain('…', 0, 1)
    }
    if (this.#length > maxFormLength) this.#cut()
    // from an array, as a typed one takes twice the time
    return String.fromCharCode(...this.#out.slice(0, this.#length))
  }

  #begin(): void {
    if (!this.#isSpaced) return
    this.#isSpaced = false
    if (this.#length > 0 && takesSpace(this.#out[this.#length - 1])) {
      this.#out[this.#length++] = space
    }
  }

  /**
   * Whether a sign was written that is the coming value's: after a bracket, a comma or a comparison,
   * or where it clings to the value and to nothing else, as in `limit -1`.
   */
  #endsWithSign(): boolean {
    const sign = this.#length - 1
    if (sign < 1 || (this.#out[sign] !== minus && this.#out[sign] !== plus)) return false
    const isApart = this.#out[sign - 1] === space
    if (isApart && !this.#isSpaced) return true
    const code = this.#out[isApart ? sign - 2 : sign - 1] ?? 0
    const isComparison = code >= 0x3c && code <= 0x3e // < = >
    return isComparison || code === openParenthesis || code === openBracket || code === comma
  }

  /** Folds a value that reads like the item before it: `?::int, ?::int` into `?::int`. */
  #endItem(): void {
    if (this.#depth === 0 || this.#depth > maxDepth) return
    const from = this.#itemAt[this.#depth] ?? 0
    if (this.#length <= from) return
    if (this.#isConstant(from)) {
      this.#out[from] = placeholder
      this.#length = from + 1
    }
    if (this.#out[from] !== placeholder) return
    const earlier = this.#repeated(from)
    if (earlier < 1) return
    const before = this.#out[earlier - 1]
    const isItem =
      before === openParenthesis ||
      before === openBracket ||
      (before === space && this.#out[earlier - 2] === comma)
    if (!isItem) return
    this.#length = from - 2
    this.#itemAt[this.#depth] = earlier
  }

  /** Folds a row that reads like the row before it, so that `(?, ?), (?, ?)` is `(?)`. */
  #foldGroup(from: number): void {
    if (this.#repeated(from) < 0) return
    this.#length = from - 2
    this.#itemAt[this.#depth - 1] = this.#earlierAt[this.#depth - 1] ?? 0
  }

  /** Where the text from `from` on stands before, with a comma between; -1 if it does not. */
  #repeated(from: number): number {
    const out = this.#out
    const shift = this.#length - from + 2
    if (shift > from || !this.#followsComma(from)) return -1
    for (let at = from; at < this.#length; at++) if (out[at] !== out[at - shift]) return -1
    return from - shift
  }

  /** In a quoted name a comma may stand anywhere; its closing quote is then in the way. */
  #followsComma(from: number): boolean {
    return from >= 3 && this.#out[from - 2] === comma && this.#out[from - 1] === space
  }

  #isConstant(from: number): boolean {
    for (const name of constants) {
      if (name.length === this.#length - from && this.#reads(name, from)) return true
    }
    return false
  }

  #reads(name: string, from: number): boolean {
    for (let at = 0; at < name.length; at++) {
      if (this.#out[from + at] !== name.charCodeAt(at)) return false
    }
    return true
  }

  /** Drops a row or value begun after a whole one: where reading ends must not tell its length. */
  #dropUnfinished(): void {
    const rowAt = this.#unfinishedRowAt()
    const from = rowAt >= 0 ? rowAt : this.#unfinishedValueAt()
    if (from >= 0) this.#length = from - 2
    const last = this.#length === 0 ? 0 : this.#out[this.#length - 1]
    const isEnd = from >= 0 || last === closeParenthesis
    this.#isSpaced = last === comma || (this.#isSpaced && !isEnd)
  }

  #unfinishedRowAt(): number {
    for (let depth = 1; depth <= Math.min(this.#depth, maxDepth); depth++) {
      const from = this.#openAt[depth] ?? 0
      const last = this.#followsComma(from) ? this.#out[from - 3] : 0
      if (last === closeParenthesis || last === closeBracket) return from
    }
    return -1
  }

  #unfinishedValueAt(): number {
    if (this.#depth > maxDepth) return -1
    const from = this.#itemAt[this.#depth] ?? 0
    if (from < 3 || this.#out[from - 2] !== comma) return -1
    const isBlank = this.#length < from
    const isRowNext = isBlank && this.#out[from - 3] === closeParenthesis
    const earlier = this.#out[this.#earlierAt[this.#depth] ?? 0]
    return isRowNext || (this.#depth > 0 && earlier === placeholder) ? from : -1
  }

  /** Cuts to the longest length, though within no quoted identifier and no surrogate pair. */
  #cut(): void {
    const out = this.#out
    let length = maxFormLength - 1
    let quoteAt = -1
    for (let at = 0; at < length; at++) {
      if (out[at] === quotes) quoteAt = quoteAt < 0 ? at : -1
    }
    if (quoteAt >= 0) length = quoteAt
    const last = length === 0 ? 0 : (out[length - 1] ?? 0)
    if (last >= 0xd800 && last < 0xdc00) length -= 1
    out[length] = ellipsis
    this.#length = length + 1
  }
}

function takesSpace(last: number | undefined): boolean {
  return last !== openParenthesis && last !== openBracket && last !== space
}
