import { readFileSync } from 'node:fs'
import type { CliPorts } from './cli-ports.ts'
import { exitCodes } from './exit-codes.ts'
import { usageOf } from './usage.ts'
import { UsageError } from './usage-error.ts'

type Command = (args: readonly string[], ports: CliPorts) => Promise<number>

/** Each is loaded when it is asked for. */
const commands: ReadonlyMap<string, () => Promise<Command>> = new Map<
  string,
  () => Promise<Command>
>([
  ['doctor', async () => (await import('./doctor/run-doctor.ts')).runDoctor],
  ['watch', async () => (await import('./watch/run-watch.ts')).runWatch],
  ['demo', async () => (await import('./demo/run-demo.ts')).runDemo],
])

/**
 * Runs one command line, as in `['doctor', 'postgres://…', '--json']`; resolves to the exit code (`exitCodes`).
 * Rejects only for a fault of its own.
 */
export async function runHale(args: readonly string[], ports: CliPorts): Promise<number> {
  const [name = '', ...rest] = args
  if (name === '--version' || name === '-v') return say(ports, ownVersion())
  if (name === '--help' || name === '-h' || name === 'help') return say(ports, usageOf())
  const load = commands.get(name)
  if (load === undefined) {
    const known = [...commands.keys()].join(', ')
    const what = name === '' ? 'no command' : 'no such command'
    return refuse(ports, `${what}: expected one of ${known}; hale --help tells more`)
  }
  const ownArgs = rest.includes('--') ? rest.slice(0, rest.indexOf('--')) : rest
  if (ownArgs.includes('--help') || ownArgs.includes('-h')) return say(ports, usageOf(name))
  try {
    return await (await load())(rest, ports)
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    return refuse(ports, `${error.message}; hale ${name} --help tells more`)
  }
}

function say({ stdout }: CliPorts, text: string): number {
  stdout.write(`${text}\n`)
  return exitCodes.ok
}

function refuse({ stderr }: CliPorts, text: string): number {
  stderr.write(`hale: ${text}\n`)
  return exitCodes.usage
}

function ownVersion(): string {
  const manifest = readFileSync(new URL('../package.json', import.meta.url), 'utf8')
  return (JSON.parse(manifest) as { version: string }).version
}
