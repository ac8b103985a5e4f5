import { afterAll, afterEach } from 'vitest'

// A library has no business on the console, so a unit test during which something writes to it fails.
// The calls are collected rather than thrown on: code that contains errors would swallow a throw.

const methods = ['debug', 'dir', 'error', 'info', 'log', 'table', 'trace', 'warn'] as const
const calls: string[] = []

for (const method of methods) {
  console[method] = (...args: readonly unknown[]) => {
    calls.push(`console.${method}(${args.map(String).join(', ')})`)
  }
}

function failOnCalls(): void {
  const seen = calls.splice(0)
  if (seen.length > 0) throw new Error(`unexpected console calls:\n${seen.join('\n')}`)
}

afterEach(failOnCalls)
afterAll(failOnCalls)
