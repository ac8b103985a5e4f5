import { isQuantity } from './quantity.ts'

/** What a connection was used for. */
export interface UsageSnapshot {
  /** Leases that ended. */
  readonly usesTotal: number
  readonly leasedMsTotal: number
  readonly transactionsTotal: number
  readonly rollbacksTotal: number
  readonly transactionMsTotal: number
  /** Age of the open transaction; `undefined` while none is open. */
  readonly transactionMs: number | undefined
  readonly bytesReadTotal: number
  readonly bytesWrittenTotal: number
}

/** Leases, transactions and bytes of one connection. */
export class UsageRecord {
  #uses = 0
  #leasedMs = 0
  #transactionSince: number | undefined
  #transactions = 0
  #rollbacks = 0
  #transactionMs = 0
  #bytesRead = 0
  #bytesWritten = 0

  get uses(): number {
    return this.#uses
  }

  /** When the open transaction began; `undefined` while none is open. */
  get transactionSince(): number | undefined {
    return this.#transactionSince
  }

  recordLease(leasedMs: number): void {
    if (!isQuantity(leasedMs)) return
    this.#uses += 1
    this.#leasedMs += leasedMs
  }

  beginTransaction(now: number): void {
    if (Number.isFinite(now)) this.#transactionSince ??= now
  }

  /** Ends the open transaction in any case: one that went on for ever would never be true again. */
  recordTransaction(durationMs: number, rolledBack: boolean): void {
    this.#transactionSince = undefined
    if (!isQuantity(durationMs)) return
    this.#transactions += 1
    this.#transactionMs += durationMs
    if (rolledBack) this.#rollbacks += 1
  }

  /** A socket that was replaced, as where TLS begins, counts anew: the larger count stays. */
  setBytes(read: number, written: number): void {
    if (isQuantity(read)) this.#bytesRead = Math.max(this.#bytesRead, read)
    if (isQuantity(written)) this.#bytesWritten = Math.max(this.#bytesWritten, written)
  }

  snapshot(now: number): UsageSnapshot {
    const since = this.#transactionSince
    return {
      usesTotal: this.#uses,
      leasedMsTotal: this.#leasedMs,
      transactionsTotal: this.#transactions,
      rollbacksTotal: this.#rollbacks,
      transactionMsTotal: this.#transactionMs,
      transactionMs: since === undefined ? undefined : Math.max(0, now - since),
      bytesReadTotal: this.#bytesRead,
      bytesWrittenTotal: this.#bytesWritten,
    }
  }
}
