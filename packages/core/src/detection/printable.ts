/** U+FFFD, the replacement character. */
const replacement = 0xfffd

/** What breaks lines, moves cursors or turns text around where it is printed. */
const unprintable = /[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu

/**
 * `text` as it may be printed: control characters, line breaks and marks of direction become U+FFFD, so
 * that what others chose, such as an `application_name`, writes no log lines and no escape sequences.
 */
export function printable(text: string): string {
  return text.replace(unprintable, '\u{fffd}')
}

/** The same for one UTF-16 code unit. */
export function printableCode(code: number): number {
  if (code < 0x7f) return code < 0x20 ? replacement : code
  if (code < 0xa0) return replacement
  if (code < 0x2000) return code === 0x061c ? replacement : code
  const isMark =
    code === 0x200e ||
    code === 0x200f ||
    (code >= 0x2028 && code <= 0x202e) ||
    (code >= 0x2066 && code <= 0x2069)
  return isMark ? replacement : code
}
