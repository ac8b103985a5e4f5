import { printable } from '@hale/core'
import { toLiveState } from '@hale/dashboard'
import type { CliPorts } from '../cli-ports.ts'
import { exitCodes } from '../exit-codes.ts'
import { styleFor } from '../terminal/style.ts'
import { DashboardUnreadableError } from './dashboard-unreadable-error.ts'
import { readState } from './read-dashboard.ts'
import { renderFrame } from './render-frame.ts'
import { readWatchArguments, type WatchArguments } from './watch-arguments.ts'
import { watchLive } from './watch-live.ts'

/** `hale watch`. */
export async function runWatch(args: readonly string[], ports: CliPorts): Promise<number> {
  const given = readWatchArguments(args, ports.env)
  const { stdout, stderr } = ports
  try {
    if (given.isJson || given.isOnce || !stdout.isTTY) await showOnce(given, ports)
    else await watchLive(given, ports)
    return exitCodes.ok
  } catch (error) {
    if (!(error instanceof DashboardUnreadableError)) throw error
    stderr.write(`hale: cannot watch ${given.url.href}: ${error.message}\n`)
    return exitCodes.notChecked
  }
}

async function showOnce(given: WatchArguments, { stdout, env }: CliPorts): Promise<void> {
  const state = await readState(given)
  if (given.isJson) {
    stdout.write(`${printable(JSON.stringify(state))}\n`) // the names of pools are others' texts too
    return
  }
  const frame = { url: given.url, state: toLiveState(state), silentMs: 0, trouble: undefined }
  stdout.write(`${renderFrame(frame, styleFor(stdout, env)).join('\n')}\n`)
}
