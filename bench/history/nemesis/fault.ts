/** All links, or the one at this place (0..1) among those that are open. */
export type Target = 'all' | number

/** Something that the nemesis does; what lasts ends `forMs` later. */
export type Fault =
  | {
      readonly kind: 'delay'
      readonly target: Target
      readonly ms: number
      readonly jitterMs: number
      readonly forMs: number
    }
  | { readonly kind: 'freeze'; readonly target: Target; readonly forMs: number }
  | {
      readonly kind: 'throttle'
      readonly target: Target
      readonly bytesPerSecond: number
      readonly forMs: number
    }
  | { readonly kind: 'reset'; readonly target: Target }
  | { readonly kind: 'half-close'; readonly target: Target }
  | {
      readonly kind: 'drop-after'
      readonly target: number
      readonly bytes: number
      readonly direction: 'up' | 'down'
      readonly action: CutAction
      readonly forMs: number
    }
  /** Cuts the link of the next such statement: before the server gets it, or before the client gets its answer. */
  | {
      readonly kind: 'cut'
      readonly command: 'commit' | 'insert'
      readonly where: 'statement' | 'answer'
      readonly action: CutAction
      readonly forMs: number
    }
  /** Newcomers get ECONNREFUSED, or are accepted and reset. */
  | { readonly kind: 'refuse'; readonly how: 'refused' | 'reset'; readonly forMs: number }
  | { readonly kind: 'terminate'; readonly target: Target }
  | { readonly kind: 'cancel'; readonly target: Target }
  /** SIGSTOP for a backend. */
  | { readonly kind: 'suspend'; readonly target: number; readonly forMs: number }
  | { readonly kind: 'restart'; readonly mode: 'fast' | 'immediate' }
  /** The primary is shut down, its standby promoted; once per run. */
  | { readonly kind: 'promote' }
  /** The event loop of this process. */
  | { readonly kind: 'block'; readonly ms: number }
  /** A stranger keeps all accounts locked. */
  | { readonly kind: 'lock'; readonly forMs: number }
  | { readonly kind: 'evict-all' }
  | { readonly kind: 'recycle'; readonly target: number }
  /** Sets the pool's `max`. */
  | { readonly kind: 'resize'; readonly max: number }

export type CutAction = 'reset' | 'freeze'

export type FaultKind = Fault['kind']

/** A fault and its instant, ms since the beginning of the run. */
export interface FaultStep {
  readonly atMs: number
  readonly fault: Fault
}

/** One line: `12.3 s freeze target=all forMs=800`. */
export function describeStep({ atMs, fault }: FaultStep): string {
  const { kind, ...rest } = fault
  const details = Object.entries(rest).map(([name, value]) => `${name}=${value}`)
  return [`${(atMs / 1_000).toFixed(1)} s`, kind, ...details].join(' ')
}
