// Run by crash-safety.integration.test.ts: starts a server, prints where it is, and ends as told.
import { startPostgres } from '../../src/index.ts'

const { dataDir, processId } = await startPostgres({ ignoreEnvironment: true })
process.stdout.write(`${JSON.stringify({ dataDir, processId })}\n`)

switch (process.argv[2]) {
  case 'exit':
    process.exit(3)
    break
  case 'throw':
    setImmediate(() => {
      throw new Error('uncaught on purpose')
    })
    break
  case 'forget':
    break // nothing left to do: the process must end by itself
  default:
    setInterval(() => {}, 1_000) // waits for its killer
}
