import { ConnectionHealthMetrics } from '@hale/core'
import type { Contender, ContenderPorts, WatchedConnection } from '../contenders/contender.ts'

/** A contender that does what the test says. */
export class ToldContender implements Contender {
  readonly retires = false
  onAnswer: (connection: WatchedConnection, fingerprint: number, ms: number) => void = () => {}
  onSweep: (now: number) => void = () => {}
  readonly #ports: ContenderPorts

  constructor(ports: ContenderPorts) {
    this.#ports = ports
  }

  fingerprint(index: number): number {
    return index
  }
  opening(): ConnectionHealthMetrics {
    return new ConnectionHealthMetrics(this.#ports.clock)
  }
  answered(connection: WatchedConnection, fingerprint: number, ms: number): void {
    this.onAnswer(connection, fingerprint, ms)
  }
  sweep(now: number): void {
    this.onSweep(now)
  }
  failed(): void {}
  probed(): void {}
  released(): void {}
  closed(): void {}
}
