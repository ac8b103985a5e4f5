import { isWordCode, NormalForm } from './normal-form.ts'

/** Characters of a statement that are looked at. */
const maxRead = 4_096

const quotes = 0x22
const dollar = 0x24
const ampersand = 0x26
const quote = 0x27
const star = 0x2a
const minus = 0x2d
const point = 0x2e
const slash = 0x2f
const backslash = 0x5c

/** Letters before a string, in lower case: `b`, `e`, `n`, `x`. */
const prefixes = [0x62, 0x65, 0x6e, 0x78]

/**
 * How a backslash in a plain string is taken: as any other character (`standard_conforming_strings` on, as
 * it comes), or as nobody knows what, since with it off the backslash would take the quote after it along.
 */
export type BackslashReading = 'standard' | 'either'

/** One for all: nothing is read while another statement is. */
const form: NormalForm = new NormalForm()
let reading: BackslashReading = 'standard'

/**
 * The shape of a statement: what is the same for every run of it, whatever its values. Literals and
 * parameters become `?`, lists and rows of them fold into one, comments go, white space and the case
 * of what is not quoted are evened out.
 *
 * Looks at the first 4,096 characters and gives at most 512, the last of them `…` if there was more.
 * Total: takes any string. Never holds a part of a literal, as PostgreSQL reads them with
 * `standard_conforming_strings` on, not even of one that is not closed; with `backslashes` `'either'` also
 * as it reads them with that off: the form then ends where the two begin to differ. Holds nothing that
 * cannot be printed. The result is a fresh string that keeps nothing of `text` alive; normalising it again
 * changes nothing.
 */
export function normaliseStatement(
  text: string,
  backslashes: BackslashReading = 'standard',
): string {
  const end = Math.min(text.length, maxRead)
  reading = backslashes
  form.clear()
  let at = 0
  while (at < end) at = readToken(text, at, end)
  return form.toText(end < text.length)
}

/** Each reader takes a token in and gives back where the next one begins. */
function readToken(text: string, from: number, end: number): number {
  const at = form.plain(text, from, end)
  if (at >= end) return end
  const code = text.charCodeAt(at)
  switch (code) {
    case quotes:
      return form.quoted(text, at, end)
    case 0x2c: // ,
      form.comma()
      return at + 1
    case 0x28: // (
    case 0x5b: // [
      form.open(code)
      return at + 1
    case 0x29: // )
    case 0x5d: // ]
      form.close(code)
      return at + 1
    case quote:
      return readString(text, from, at, end)
    case dollar:
      return readDollar(text, at, end)
    case minus:
      if (text.charCodeAt(at + 1) !== minus) break
      form.space()
      return lineEnd(text, at, end)
    case slash:
      if (text.charCodeAt(at + 1) !== star) break
      form.space()
      return skipComment(text, at, end)
    case 0x3f: // an operator of jsonb, or the placeholder of a normal form
      form.placeholder()
      return at + 1
    default:
      return readNumber(text, from, at, end)
  }
  form.symbol(code)
  return at + 1
}

/** A string and what says how to read it, as in `E'…'` and `U&'…'`; `from` is where that may be. */
function readString(text: string, from: number, at: number, end: number): number {
  const isUnicode = at - from >= 2 && text.charCodeAt(at - 1) === ampersand
  const letterAt = isUnicode ? at - 2 : at - 1
  const letter = letterAt < from ? 0 : text.charCodeAt(letterAt) | 0x20
  const isWhole = letterAt <= from || !isWordCode(text.charCodeAt(letterAt - 1))
  let isEscaped = false
  if (isWhole && isUnicode && letter === 0x75) form.takeBack(2)
  else if (isWhole && !isUnicode && prefixes.includes(letter)) {
    form.takeBack(1)
    isEscaped = letter === 0x65
  }
  form.placeholder()
  return skipString(text, at + 1, end, isEscaped)
}

/** A number and whatever clings to it: before PostgreSQL 15, `1and` is two words. */
function readNumber(text: string, from: number, at: number, end: number): number {
  if (at > from && text.charCodeAt(at - 1) === point) form.takeBack(1)
  const isHex = text.charCodeAt(at) === 0x30 && (text.charCodeAt(at + 1) | 0x20) === 0x78
  let next = at + 1
  let last = 0
  for (; next < end; next++) {
    const code = text.charCodeAt(next)
    const isExponent = last === 0x65 && !isHex
    if (code === 0x2b || code === minus) {
      if (!isExponent || !isDigit(text.charCodeAt(next + 1))) break
    } else if (code === dollar || (code !== point && !isWordCode(code))) break
    last = code | 0x20
  }
  form.placeholder()
  return skipClinging(text, next, end)
}

/** Past a string that clings to the `e` of what was read as one number or parameter. */
function skipClinging(text: string, at: number, end: number): number {
  const isEscape = (text.charCodeAt(at - 1) | 0x20) === 0x65
  if (!isEscape || at >= end || text.charCodeAt(at) !== quote) return at
  return skipString(text, at + 1, end, true)
}

/** A parameter, a dollar-quoted string, or a lone dollar. */
function readDollar(text: string, at: number, end: number): number {
  let next = at + 1
  const isParameter = isDigit(text.charCodeAt(next))
  while (next < end && text.charCodeAt(next) !== dollar && isWordCode(text.charCodeAt(next))) {
    next += 1
  }
  if (isParameter) {
    form.placeholder()
    return skipClinging(text, next, end)
  }
  if (next >= end || text.charCodeAt(next) !== dollar) {
    form.symbol(dollar)
    return at + 1
  }
  form.placeholder()
  return skipDollarQuoted(text, at, next + 1, end)
}

/** `text` from `tagAt` to `from` is the tag. It holds no dollar within, so this takes O(n). */
function skipDollarQuoted(text: string, tagAt: number, from: number, end: number): number {
  const length = from - tagAt
  for (let next = from; next <= end - length; next++) {
    let same = 0
    while (same < length && text.charCodeAt(next + same) === text.charCodeAt(tagAt + same)) same++
    if (same === length) return next + length
  }
  return end
}

/** Past the end of a string and of the parts that it goes on with, which are read alike. */
function skipString(text: string, from: number, end: number, isEscaped: boolean): number {
  for (let next = from; next < end; next++) {
    const code = text.charCodeAt(next)
    if (code === backslash && isEscaped) next += 1
    else if (code === quote) {
      if (!isEscaped && reading === 'either' && isAmbiguous(text, from, next)) {
        form.cut()
        return end
      }
      const isDoubled = text.charCodeAt(next + 1) === quote
      const partAt = isDoubled ? next + 1 : nextPartAt(text, next + 1, end)
      if (partAt < 0) return next + 1
      next = partAt
    }
  }
  return end
}

/** Whether a backslash that is not itself escaped stands before the quote at `at`. */
function isAmbiguous(text: string, from: number, at: number): boolean {
  let before = at
  while (before > from && text.charCodeAt(before - 1) === backslash) before -= 1
  return (at - before) % 2 === 1
}

/** Where a string goes on after white space with a line break in it; -1 where it does not. */
function nextPartAt(text: string, from: number, end: number): number {
  let hasBreak = false
  for (let next = from; next < end; next++) {
    const code = text.charCodeAt(next)
    if (code === quote && hasBreak) return next
    if (code === minus && text.charCodeAt(next + 1) === minus) next = lineEnd(text, next, end) - 1
    else if (isBreak(code)) hasBreak = true
    else if (code > 0x20) return -1
  }
  return -1
}

function lineEnd(text: string, from: number, end: number): number {
  let next = from
  while (next < end && !isBreak(text.charCodeAt(next))) next += 1
  return next
}

/** Comments nest. */
function skipComment(text: string, at: number, end: number): number {
  let depth = 1
  let next = at + 2
  while (next < end && depth > 0) {
    const code = text.charCodeAt(next)
    const after = text.charCodeAt(next + 1)
    const opens = code === slash && after === star
    const closes = code === star && after === slash
    if (opens) depth += 1
    if (closes) depth -= 1
    next += opens || closes ? 2 : 1
  }
  return next
}

function isBreak(code: number): boolean {
  return code === 0x0a || code === 0x0d
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39
}
