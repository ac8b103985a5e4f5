const maxLength = 60
const secretPath =
  /password|passphrase|secret|token|key|credential|connectionstring|(^|\.)(pass|ssl)\b/i
/** A connection string, or what was cut out of one, as in `user:password@host`. */
const looksSecret = /:\/\/|password\s*=|:[^@]*@/i

/**
 * `value` as one short line (at most 60 characters) for an error message. Never calls code of the
 * value (getters, `toString`, traps) and never shows what could be a secret: neither under an
 * option whose path sounds like one, nor text that looks like a connection string, nor any text
 * with `hideText`.
 */
export function renderValue(option: string, value: unknown, hideText: boolean = false): string {
  if (value === undefined || value === null || typeof value === 'boolean') return String(value)
  if (secretPath.test(option)) return `${article(value)} (not shown)`
  switch (typeof value) {
    case 'number':
      return Object.is(value, -0) ? '-0' : String(value)
    case 'string':
      return hideText ? 'a string (not shown)' : renderText(value)
    case 'bigint': // a huge one would take long to print
      return value > -(10n ** 30n) && value < 10n ** 30n ? `${value}n` : 'a bigint'
    default:
      return article(value)
  }
}

/** `text` without line breaks or control characters, at most `limit` characters. */
export function oneLine(text: string, limit: number = maxLength): string {
  const clean = Array.from(text.slice(0, limit * 2), (character) =>
    /[\p{C}\p{Zl}\p{Zp}]/u.test(character) ? '\u{fffd}' : character,
  )
  if (clean.length <= limit && text.length <= limit * 2) return clean.join('')
  return `${clean.slice(0, limit - 1).join('')}…`
}

function renderText(text: string): string {
  if (looksSecret.test(text)) return 'a string (not shown)'
  return `'${oneLine(text, maxLength - 2)}'`
}

function article(value: unknown): string {
  switch (typeof value) {
    case 'object':
      return isArray(value) ? 'an array' : 'an object'
    default:
      return `a ${typeof value}`
  }
}

function isArray(value: unknown): boolean {
  try {
    return Array.isArray(value)
  } catch {
    return false // a revoked proxy
  }
}
