// The program of the host process: it owns one PostgreSQL server or PgBouncer on behalf of the process that
// forked it. However that process ends, the IPC channel breaks, and the host stops the server,
// removes its data folder and ends too.
import { PgBouncerProgram } from '../pgbouncer/pgbouncer-program.ts'
import type {
  HostedProgram,
  HostReport,
  HostRequest,
  StartRequest,
  StopMode,
} from './host-protocol.ts'
import { PostgresCluster } from './postgres-cluster.ts'

let program: HostedProgram | undefined
let ending = false

process.on('message', (request: HostRequest) => {
  void handle(request).catch((error: unknown) => fail(error))
})
process.on('disconnect', () => void end('immediate'))
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.on(name, () => void end('immediate'))
process.on('uncaughtException', (error) => fail(error))

async function handle(request: HostRequest): Promise<void> {
  switch (request.kind) {
    case 'start-postgres':
    case 'start-pgbouncer': {
      if (!process.connected) return end('immediate') // it died before we could listen
      program = programOf(request)
      report({ kind: 'ready', ...(await program.create()) })
      return
    }
    case 'restart': {
      if (program === undefined) throw new Error('restart before start')
      report({ kind: 'ready', ...(await program.restart(request.mode)) })
      return
    }
    case 'halt': {
      if (program === undefined) throw new Error('halt before start')
      await program.halt(request.mode)
      report({ kind: 'halted' })
      return
    }
    case 'stop':
      return end(request.mode)
    default:
      request satisfies never
  }
}

function programOf(request: StartRequest): HostedProgram {
  const onLog = (line: string): void => report({ kind: 'log', line })
  return request.kind === 'start-postgres'
    ? new PostgresCluster(request.plan, onLog)
    : new PgBouncerProgram(request.plan, onLog)
}

function fail(error: unknown): void {
  report({ kind: 'failed', message: error instanceof Error ? error.message : String(error) })
  void end('immediate')
}

async function end(mode: StopMode): Promise<void> {
  if (ending) return
  ending = true
  await program?.destroy(mode).catch(() => {}) // nobody is left to tell
  process.exit(0)
}

function report(message: HostReport): void {
  if (process.connected) process.send?.(message, undefined, undefined, () => {})
}
