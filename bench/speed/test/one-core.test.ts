import { execFileSync, spawnSync } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { describe, expect, it } from 'vitest'

const { href } = new URL('../one-core.ts', import.meta.url)

/** Cores that a process has, by its own count, before, inside of and behind `onOneCore`. */
const program = `
  import { availableParallelism } from 'node:os'
  import { onOneCore } from '${href}'
  const counts = [availableParallelism()]
  await onOneCore(async (isHeld) => counts.push(isHeld ? availableParallelism() : 'not held'))
  console.log(JSON.stringify([...counts, availableParallelism()]))
`

const hasTaskset = spawnSync('taskset', ['--version']).status === 0

describe('onOneCore', () => {
  it.runIf(hasTaskset)('has one core meanwhile, and all again (needs util-linux)', () => {
    const answer = execFileSync('node', ['--input-type=module', '--eval', program], {
      encoding: 'utf8',
    })
    const cores = availableParallelism()
    expect(JSON.parse(answer)).toEqual([cores, 1, cores])
  })
})
