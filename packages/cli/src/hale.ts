#!/usr/bin/env node
import { exitCodes } from './exit-codes.ts'
import { runHale } from './run-hale.ts'

// whoever reads us, as `head` does, may have had enough
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
  process.exit()
})
process.on('uncaughtException', fail)

try {
  process.exitCode = await runHale(process.argv.slice(2), {
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    env: process.env,
    signals: process,
  })
} catch (error) {
  fail(error)
}

/** Ends the process at once. What is shown may quote what was given, which may have a password in it. */
function fail(error: unknown): never {
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error)
  const shown = stack.replace(/(?:postgres(?:ql)?|https?):\/\/\S*/g, '(a URL)')
  process.stderr.write(`hale: a fault of its own: ${shown}\n`)
  process.exit(exitCodes.ownFault)
}
