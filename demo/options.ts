import { parseArgs } from 'node:util'

export interface DemoOptions {
  readonly help: boolean
  readonly quick: boolean
  /** File that the results are written to. */
  readonly json: string | undefined
}

export const help = `Runs a small shop on plain pg.Pool and on Hale at the same time, breaks things, and compares.

  --quick        shorter phases, about half the time; some faults end before they are healed
  --json <file>  also writes the results to a file
  --help         shows this

DATABASE_URL names a PostgreSQL to use (without TLS, in a schema of its own that is dropped
afterwards). Without it an embedded PostgreSQL is started.

The exit code is 0 if the demo ran to its end and Hale did not die, did not stand still, lost no
acknowledged write and doubled none.`

/** @throws {Error} that names what was not understood */
export function parseOptions(args: readonly string[]): DemoOptions {
  const { values } = parseArgs({
    args: [...args],
    options: { help: { type: 'boolean' }, quick: { type: 'boolean' }, json: { type: 'string' } },
  })
  return { help: values.help ?? false, quick: values.quick ?? false, json: values.json }
}
