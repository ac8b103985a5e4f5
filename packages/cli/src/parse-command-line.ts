import { type ParseArgsConfig, parseArgs } from 'node:util'
import { UsageError } from './usage-error.ts'

type Options = NonNullable<ParseArgsConfig['options']>
type Parsed<Given extends Options> = ReturnType<
  typeof parseArgs<{
    readonly options: Given
    readonly allowPositionals: true
    readonly strict: true
  }>
>

/** @throws {UsageError} for an option that the command does not know, or that lacks its value */
export function parseCommandLine<const Given extends Options>(
  args: readonly string[],
  options: Given,
): Parsed<Given> {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true, strict: true })
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code === undefined || !code.startsWith('ERR_PARSE_ARGS')) throw error
    const [first = ''] = message.split('. ')
    throw new UsageError(withoutUrls(first.charAt(0).toLowerCase() + first.slice(1)))
  }
}

/** @throws {UsageError} unless `text` is a whole number in the range */
export function wholeNumber(
  option: string,
  text: string | undefined,
  range: { readonly min: number; readonly max: number },
): number | undefined {
  if (text === undefined) return undefined
  const value = Number(text)
  if (/^\d+$/.test(text) && value >= range.min && value <= range.max) return value
  throw new UsageError(`--${option} takes a whole number from ${range.min} to ${range.max}`)
}

/** What was mistyped may be a URL with a password. */
function withoutUrls(message: string): string {
  return message.replace(/\S+:\/\/\S*/g, '(a URL)')
}
