import { type ParseArgsConfig, parseArgs } from 'node:util'

/** The command line cannot be understood; the message says what can be. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

type FlagOptions = NonNullable<ParseArgsConfig['options']>
type Values<Options extends FlagOptions> = ReturnType<
  typeof parseArgs<{ readonly options: Options }>
>['values']

/**
 * The values of the flags.
 * @throws {UsageError} for an unknown flag or one without its value; it names the known ones
 */
export function readFlags<const Options extends FlagOptions>(
  args: readonly string[],
  options: Options,
): Values<Options> {
  try {
    return parseArgs({ args: [...args], options }).values as Values<Options>
  } catch (error) {
    const [reason] = (error as Error).message.split('. ')
    const known = Object.keys(options).map((name) => `--${name}`)
    throw new UsageError(`${reason}; known flags are ${known.join(', ')}`, { cause: error })
  }
}

/**
 * The known names that a flag lists, in their own order; all of them without it.
 * @throws {UsageError} for an unknown name, or none at all
 */
export function readNames<Name extends string>(
  flag: string,
  text: string | undefined,
  known: readonly Name[],
): readonly Name[] {
  if (text === undefined) return known
  const asked = text.split(',').filter((name) => name !== '')
  const unknown = asked.filter((name) => !known.some((each) => each === name))
  if (asked.length === 0 || unknown.length > 0) {
    const wrong = unknown.length > 0 ? `'${unknown.join("', '")}' is unknown` : 'nothing is named'
    throw new UsageError(`--${flag}: ${wrong}; known are ${known.join(', ')}`)
  }
  return known.filter((name) => asked.includes(name))
}

/** @throws {UsageError} for anything but a whole number from `least` to `most` */
export function readWholeNumber(
  flag: string,
  text: string | undefined,
  {
    byDefault,
    least,
    most,
  }: { readonly byDefault: number; readonly least: number; readonly most: number },
): number {
  if (text === undefined) return byDefault
  const value = text.trim() === '' ? Number.NaN : Number(text)
  if (Number.isInteger(value) && value >= least && value <= most) return value
  throw new UsageError(`--${flag} takes a whole number from ${least} to ${most}, got '${text}'`)
}

/** Runs a program; a command line that it cannot understand is told without a stack, with exit code 2. */
export async function runProgram(program: () => Promise<void>): Promise<void> {
  try {
    await program()
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    process.stderr.write(`${error.message}\n`)
    process.exitCode = 2
  }
}
