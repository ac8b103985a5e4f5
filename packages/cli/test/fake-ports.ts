import { EventEmitter } from 'node:events'
import type { CliPorts, InputPort, OutputPort } from '../src/cli-ports.ts'

interface FakeTerminal {
  readonly isTTY?: boolean
  readonly columns?: number
  readonly rows?: number
}

/** Ports that remember what was written, and through which keys and signals can be sent. */
export interface FakePorts extends CliPorts {
  readonly stdout: OutputPort & EventEmitter
  readonly stdin: InputPort & EventEmitter
  readonly signals: EventEmitter
  /** What was written so far. */
  readonly written: { stdout: string; stderr: string }
  /** Calls of `setRawMode`. */
  readonly rawModes: readonly boolean[]
}

export function createFakePorts(env: CliPorts['env'] = {}, terminal: FakeTerminal = {}): FakePorts {
  const written = { stdout: '', stderr: '' }
  const rawModes: boolean[] = []
  const write = (name: 'stdout' | 'stderr') => (text: string) => {
    written[name] += text
    return true
  }
  const noop = (): void => {}
  return {
    written,
    rawModes,
    env,
    signals: new EventEmitter(),
    stdout: Object.assign(new EventEmitter(), { write: write('stdout'), ...terminal }),
    stderr: { write: write('stderr') },
    stdin: Object.assign(new EventEmitter(), {
      isTTY: terminal.isTTY ?? false,
      setRawMode: (isRaw: boolean) => rawModes.push(isRaw),
      resume: noop,
      pause: noop,
    }),
  }
}
