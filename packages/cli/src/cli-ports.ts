/** What the commands read and write; the process's own in the program, anything else in a test. */
export interface CliPorts {
  /** Results. */
  readonly stdout: OutputPort
  /** Problems. */
  readonly stderr: Pick<OutputPort, 'write'>
  /** Keys, while a command runs until it is ended. */
  readonly stdin: InputPort
  readonly env: Readonly<Record<string, string | undefined>>
  /** Signals of the operating system, and the end of the process. */
  readonly signals: SignalPort
}

/** Where text goes. */
export interface OutputPort {
  write(text: string): unknown
  readonly isTTY?: boolean
  readonly columns?: number
  readonly rows?: number
  on(event: 'resize', listener: () => void): unknown
  off(event: 'resize', listener: () => void): unknown
}

/** Where keys come from. */
export interface InputPort {
  readonly isTTY?: boolean
  setRawMode?(isRaw: boolean): unknown
  resume(): unknown
  pause(): unknown
  on(event: 'data', listener: (keys: Buffer | string) => void): unknown
  off(event: 'data', listener: (keys: Buffer | string) => void): unknown
}

/** Part of `process`. */
export interface SignalPort {
  on(event: string, listener: () => void): unknown
  off(event: string, listener: () => void): unknown
}
