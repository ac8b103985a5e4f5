import { once } from 'node:events'
import type { CliPorts } from '../cli-ports.ts'
import { type ServeDemoOptions, serveDemo } from './serve-demo.ts'

/** Serves a demo, says where, and resolves when `signal` is aborted and the server is closed. */
export async function presentDemo(
  options: ServeDemoOptions,
  { stdout }: Pick<CliPorts, 'stdout'>,
  signal: AbortSignal,
): Promise<void> {
  if (signal.aborted) return
  const served = await serveDemo(options)
  stdout.write(`
  Break something:  ${served.url}
  The dashboard:    ${served.dashboardUrl}

  Both on loopback only. q or Ctrl-C ends the demo and removes what it made.
`)
  if (!signal.aborted) await once(signal, 'abort')
  stdout.write('\nThe demo is ending.\n')
  await served.close()
}
