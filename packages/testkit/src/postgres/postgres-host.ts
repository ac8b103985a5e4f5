// The program of the host process: it owns one PostgreSQL server on behalf of the process that
// forked it. However that process ends, the IPC channel breaks, and the host stops the server,
// removes its data folder and ends too.
import type { HostReport, HostRequest, StopMode } from './host-protocol.ts'
import { PostgresCluster } from './postgres-cluster.ts'

let cluster: PostgresCluster | undefined
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
    case 'start': {
      if (!process.connected) return end('immediate') // it died before we could listen
      cluster = new PostgresCluster(request.plan, (line) => report({ kind: 'log', line }))
      report({ kind: 'ready', ...(await cluster.create()) })
      return
    }
    case 'restart': {
      if (cluster === undefined) throw new Error('restart before start')
      report({ kind: 'ready', ...(await cluster.restart(request.mode)) })
      return
    }
    case 'halt': {
      if (cluster === undefined) throw new Error('halt before start')
      await cluster.halt(request.mode)
      report({ kind: 'halted' })
      return
    }
    case 'stop':
      return end(request.mode)
    default:
      request satisfies never
  }
}

function fail(error: unknown): void {
  report({ kind: 'failed', message: error instanceof Error ? error.message : String(error) })
  void end('immediate')
}

async function end(mode: StopMode): Promise<void> {
  if (ending) return
  ending = true
  await cluster?.destroy(mode).catch(() => {}) // nobody is left to tell
  process.exit(0)
}

function report(message: HostReport): void {
  if (process.connected) process.send?.(message, undefined, undefined, () => {})
}
