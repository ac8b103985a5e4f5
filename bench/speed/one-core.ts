import { execFileSync } from 'node:child_process'

/**
 * Runs `use` with this process on one core, and with it all that it starts meanwhile, a server for example: then
 * neither what others do on the other cores nor the scheduler's choice among them is in the numbers. Passes `use`
 * whether that could be done; it takes `taskset`, which is Linux's.
 */
export async function onOneCore<Result>(
  use: (isHeld: boolean) => Promise<Result>,
): Promise<Result> {
  const before = allowedCores()
  const last = before?.split(/[,-]/).at(-1)
  if (before === undefined || last === undefined) return use(false)
  taskset(last)
  try {
    return await use(true)
  } finally {
    taskset(before)
  }
}

/** Such as `0,1` or `0-7`; `undefined` where nobody can tell. */
function allowedCores(): string | undefined {
  try {
    // "pid 17's current affinity list: 0,1"
    return taskset().split(': ')[1]?.trim()
  } catch {
    return undefined
  }
}

function taskset(...list: readonly string[]): string {
  const command = ['--cpu-list', '--pid', ...list, String(process.pid)]
  return execFileSync('taskset', command, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
}
