import { applyMutant, mutants, pathOf } from './mutants.ts'

/** The part of a Vite plugin that is used here. */
interface MutantPlugin {
  readonly name: string
  readonly enforce: 'pre'
  config(): object
  transform(code: string, id: string): string | undefined
}

/** Puts the deliberate bug that `HALE_MUTANT` names into the sources as they are loaded. */
export function mutantPlugin(): MutantPlugin[] {
  const { HALE_MUTANT: name } = process.env
  if (name === undefined) return []
  const mutant = mutants.find((each) => each.name === name)
  if (mutant === undefined) throw new Error(`no deliberate bug is named ${name}`)
  const path = `/${pathOf(mutant)}`
  const plugin: MutantPlugin = {
    name: 'hale:mutant',
    enforce: 'pre',
    config: () => ({ test: { fsModuleCache: false } }), // its key does not tell one bug from another
    transform: (code, id) => (id.endsWith(path) ? applyMutant(mutant, code) : undefined),
  }
  return [plugin]
}
