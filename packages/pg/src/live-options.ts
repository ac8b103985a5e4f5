import { OptionProblems, OptionReader } from '@hale/core'
import type { EngineOptions } from './pool/engine-ports.ts'

const least = { max: 1, min: 0 } as const

/**
 * Has `options.max` and `options.min` checked when they are changed while the pool runs, as they are at
 * construction, and `onChanged` called afterwards. Assigning throws {@link OptionsError}.
 */
export function watchLiveOptions(options: EngineOptions, onChanged: () => void): void {
  for (const name of ['max', 'min'] as const) {
    let current = options[name]
    Object.defineProperty(options, name, {
      configurable: true,
      enumerable: true,
      get: () => current,
      set: (value: unknown) => {
        const problems = new OptionProblems()
        const reader = new OptionReader('', { [name]: value ?? null }, problems)
        const checked = reader.number(name, { min: least[name], integer: true }, current)
        problems.throwIfAny()
        current = checked
        onChanged()
      },
    })
  }
}
