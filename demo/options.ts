import { parseArgs } from 'node:util'

export interface DemoOptions {
  readonly help: boolean
  readonly quick: boolean
  /** Keeps the shop running, with a page to look at and to break things from, instead of playing the acts. */
  readonly serve: boolean
  /** Port of that page; `undefined` for a free one. */
  readonly port: number | undefined
  /** File that the results are written to. */
  readonly json: string | undefined
}

export const help = `Runs a small shop on plain pg.Pool and on Hale at the same time, breaks things, and compares.

  --quick        shorter phases, about half the time; some faults end before they are healed
  --json <file>  also writes the results to a file
  --serve        plays nothing: keeps the shop running on Hale, with the dashboard, and faults on buttons
  --port <n>     of the page that --serve serves; a free one without it
  --help         shows this

DATABASE_URL names a PostgreSQL to use (without TLS, in a schema of its own that is dropped
afterwards). Without it an embedded PostgreSQL is started.

The exit code is 0 if the demo ran to its end and Hale did not die, did not stand still, lost no
acknowledged write and doubled none.`

/** @throws {Error} that names what was not understood */
export function parseOptions(args: readonly string[]): DemoOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      help: { type: 'boolean' },
      quick: { type: 'boolean' },
      json: { type: 'string' },
      serve: { type: 'boolean' },
      port: { type: 'string' },
    },
  })
  const { help = false, quick = false, serve = false, json } = values
  const port = values.port === undefined ? undefined : parsePort(values.port)
  if (serve && (quick || json !== undefined))
    throw new Error('--serve plays no acts, so it takes neither --quick nor --json')
  if (!serve && port !== undefined) throw new Error('--port is of the page that --serve serves')
  return { help, quick, serve, port, json }
}

function parsePort(text: string): number {
  const port = Number(text)
  if (/^\d+$/.test(text) && port >= 1 && port <= 65_535) return port
  throw new Error('--port takes a whole number from 1 to 65535')
}
