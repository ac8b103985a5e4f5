import type { CliPorts } from '../cli-ports.ts'

/** Listens for the wish to end: `q` or Ctrl-C on a terminal, SIGINT or SIGTERM from anywhere. */
export interface QuitWatch {
  /** Aborted at the first of them; a second Ctrl-C then ends the process, as if nobody listened. */
  readonly signal: AbortSignal
  stop(): void
}

const CTRL_C = '\u0003'

export function watchQuit({ stdin, signals }: Pick<CliPorts, 'stdin' | 'signals'>): QuitWatch {
  const controller = new AbortController()
  const isTerminal = stdin.isTTY === true
  const quit = (): void => {
    stop()
    controller.abort()
  }
  const onKey = (keys: Buffer | string): void => {
    const text = String(keys)
    if (text.includes('q') || text.includes(CTRL_C)) quit()
  }
  const stop = (): void => {
    signals.off('SIGINT', quit)
    signals.off('SIGTERM', quit)
    if (!isTerminal) return
    stdin.off('data', onKey)
    stdin.setRawMode?.(false)
    stdin.pause()
  }
  signals.on('SIGINT', quit)
  signals.on('SIGTERM', quit)
  if (isTerminal) {
    stdin.setRawMode?.(true)
    stdin.on('data', onKey)
    stdin.resume()
  }
  return { signal: controller.signal, stop }
}
