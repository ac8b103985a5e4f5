import { itemsOf, maxItems } from './items-of.ts'
import { nearest } from './nearest.ts'
import type { OptionProblems } from './option-problems.ts'

/** Unknown keys whose nearest known one is looked for: far more are told than anybody mistypes. */
const maxHints = 50

/** What a number option accepts. Both ends are included. */
export interface NumberRange {
  readonly min: number
  /** No upper bound when left out. */
  readonly max?: number
  /** Whether only whole numbers are accepted. */
  readonly integer?: boolean
}

/**
 * Reads the options of one object, one call per option, and reports what is wrong to `problems`
 * under `path`. A wrong or missing option yields the fallback, so that reading goes on and finds
 * the rest. An explicit `undefined` counts as missing; `null` does not.
 */
export class OptionReader {
  readonly #path: string
  readonly #source: object | undefined
  readonly #problems: OptionProblems
  readonly #known = new Set<string>()

  /** `path` is `''` for the top level. Options that are `undefined` are all missing. */
  constructor(path: string, options: unknown, problems: OptionProblems) {
    this.#path = path
    this.#problems = problems
    this.#source = typeof options === 'object' && options !== null ? options : undefined
    if (this.#source === undefined && options !== undefined) {
      problems.add(path === '' ? 'options' : path, options, 'an object')
    }
  }

  /** A finite number within `range`. */
  number(name: string, range: NumberRange, fallback: number): number {
    const value = this.#read(name)
    if (value === undefined || isWithin(value, range)) return value ?? fallback
    this.#problems.add(this.#pathOf(name), value, describeRange(range))
    return fallback
  }

  /** A finite number within `range`, or `false` for off. */
  numberOrOff(name: string, range: NumberRange, fallback: number | false): number | false {
    const value = this.#read(name)
    if (value === undefined) return fallback
    if (value === false || isWithin(value, range)) return value
    this.#problems.add(this.#pathOf(name), value, `${describeRange(range)}, or false`)
    return fallback
  }

  boolean(name: string, fallback: boolean): boolean {
    const value = this.#read(name)
    if (value === undefined) return fallback
    if (typeof value === 'boolean') return value
    this.#problems.add(this.#pathOf(name), value, 'true or false')
    return fallback
  }

  /** One of `choices`, or `false` for off. */
  oneOfOrOff<Choice extends string>(
    name: string,
    choices: readonly Choice[],
    fallback: Choice | false,
  ): Choice | false {
    const value = this.#read(name)
    if (value === undefined) return fallback
    const chosen = choices.find((choice) => choice === value)
    if (chosen !== undefined || value === false) return chosen ?? false
    this.#problems.add(this.#pathOf(name), value, `${quotedOr(choices)}, or false`)
    return fallback
  }

  /** One of `choices` or a list of some; `false` for none. */
  someOf<Choice extends string>(
    name: string,
    choices: readonly Choice[],
    fallback: readonly Choice[],
  ): readonly Choice[] {
    const value = this.#read(name)
    if (value === undefined) return fallback
    if (value === false) return Object.freeze([])
    const given = itemsOf(value) ?? [value]
    const chosen = choices.filter((choice) => given.includes(choice))
    const unknown = given.find((each) => !choices.some((choice) => choice === each))
    if (unknown === undefined && chosen.length > 0) return Object.freeze(chosen)
    const expected = `${quotedOr(choices)}, a list of some, or false`
    this.#problems.add(this.#pathOf(name), given.length > 0 ? unknown : value, expected)
    return fallback
  }

  oneOf<Choice extends string>(name: string, choices: readonly Choice[], fallback: Choice): Choice {
    const value = this.#read(name)
    if (value === undefined) return fallback
    const chosen = choices.find((choice) => choice === value)
    if (chosen !== undefined) return chosen
    this.#problems.add(this.#pathOf(name), value, quotedOr(choices))
    return fallback
  }

  /** A function; its type is the caller's word, as no check can see a signature. */
  callback<Callback extends (...args: never[]) => unknown>(name: string): Callback | undefined {
    const value = this.#read(name)
    if (value === undefined || isCallback<Callback>(value)) return value
    this.#problems.add(this.#pathOf(name), value, 'a function')
    return undefined
  }

  /**
   * A text that is not empty; one that is `required` may not be missing either. Without a NUL, which ends a
   * text in PostgreSQL's protocol, so that what follows would be read as something else.
   */
  text(name: string, need: 'optional' | 'required' = 'optional'): string | undefined {
    const value = this.#read(name)
    if (value === undefined && need === 'optional') return undefined
    const isText = typeof value === 'string' && value !== ''
    if (isText && !value.includes('\0')) return value
    const expected = isText ? 'a text without a NUL' : 'a text that is not empty'
    this.#problems.add(this.#pathOf(name), value, expected)
    return undefined
  }

  /** Reports an option that was given although it means nothing here; `why` says what stands in its way. */
  refuse(name: string, why: string): void {
    const value = this.#read(name)
    if (value !== undefined)
      this.#problems.add(this.#pathOf(name), value, `nothing, because ${why}`)
  }

  /** A reader for each object of a list of 1 to 100, named as in `hosts[0]`. */
  list(name: string): readonly OptionReader[] | undefined {
    const value = this.#read(name)
    if (value === undefined) return undefined
    const path = this.#pathOf(name)
    const items = itemsOf(value)
    if (items === undefined || items.length === 0) {
      this.#problems.add(path, value, `a list that is not empty, of at most ${maxItems}`)
      return undefined
    }
    return items.map((item, index) => {
      const given = item ?? null // an item that is missing is no object either
      return new OptionReader(`${path}[${index}]`, given, this.#problems)
    })
  }

  /** A reader for the options nested under `name`, or `false` for off. */
  sectionOrOff(name: string): OptionReader | false {
    return this.#read(name) === false ? false : this.section(name)
  }

  /** A reader for the options nested under `name`. */
  section(name: string): OptionReader {
    return new OptionReader(this.#pathOf(name), this.#read(name), this.#problems)
  }

  /** Reports every key that nothing was read from, save those in `others`. To be called last. */
  rejectUnknown(others: readonly string[] = []): void {
    for (const name of others) this.#known.add(name)
    const known = [...this.#known]
    let hints = maxHints
    for (const name of this.#keys()) {
      if (known.includes(name)) continue
      hints -= 1
      const meant = hints < 0 ? undefined : nearest(name, known)
      const hint = meant === undefined ? '' : `, perhaps ${this.#pathOf(meant)}`
      // The value may be a secret under a mistyped name.
      this.#problems.add(this.#pathOf(name), this.#read(name), `a known option${hint}`, true)
    }
  }

  #pathOf(name: string): string {
    return this.#path === '' ? name : `${this.#path}.${name}`
  }

  #keys(): readonly string[] {
    try {
      return this.#source === undefined ? [] : Object.keys(this.#source)
    } catch {
      this.#problems.add(this.#path === '' ? 'options' : this.#path, this.#source, 'a plain object')
      return []
    }
  }

  #read(name: string): unknown {
    this.#known.add(name)
    if (this.#source === undefined) return undefined
    try {
      return Reflect.get(this.#source, name)
    } catch {
      this.#problems.add(this.#pathOf(name), undefined, 'a readable value')
      return undefined
    }
  }
}

function isWithin(value: unknown, range: NumberRange): value is number {
  if (typeof value !== 'number' || !Number.isFinite(value)) return false
  if (range.integer === true && !Number.isInteger(value)) return false
  return value >= range.min && value <= (range.max ?? Number.POSITIVE_INFINITY)
}

function describeRange({ min, max, integer }: NumberRange): string {
  const noun = integer === true ? 'a whole number' : 'a number'
  return max === undefined ? `${noun} of at least ${min}` : `${noun} from ${min} to ${max}`
}

function quotedOr(choices: readonly string[]): string {
  return choices.map((choice) => `'${choice}'`).join(' or ')
}

function isCallback<Callback>(value: unknown): value is Callback {
  return typeof value === 'function'
}
