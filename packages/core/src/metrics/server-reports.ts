import { isQuantity } from './quantity.ts'
import { copyServerReport, type ServerReport } from './server-report.ts'

/** A report that is older says nothing about the connection as it is now, ms. */
const reportMemoryMs = 60_000
/** Memory is asked for rarely, and grows and shrinks slowly, ms. */
const bytesMemoryMs = 600_000

/**
 * What the server said of one backend: the latest report, which comes every few seconds, and
 * beside it how much memory it has, which is asked for once a minute or less.
 */
export class ServerReports {
  // Invariants: `#whole` is `#report` with `#bytes` in it, `#bytesAlone` holds nothing but these; all
  // are made when something is told, so that reading, which every sweep does, allocates nothing.
  #report: ServerReport | undefined
  #reportedAt = Number.NEGATIVE_INFINITY
  #bytes = 0
  #toldBytesAt = Number.NEGATIVE_INFINITY
  #bytesAlone: ServerReport | undefined
  #whole: ServerReport | undefined

  /** Takes the place of the report before it; `undefined` for nothing to tell. */
  report(report: ServerReport | undefined, now: number): void {
    this.#report = report === undefined ? undefined : copyServerReport(report)
    this.#reportedAt = now
    const bytes = this.#report?.backendMemoryBytes
    if (bytes === undefined) this.#join()
    else this.reportMemory(bytes, now)
  }

  /** Stays beside the reports that follow. What is no quantity says nothing. */
  reportMemory(bytes: number, now: number): void {
    if (!isQuantity(bytes)) return
    if (this.#bytesAlone === undefined || bytes !== this.#bytes) {
      this.#bytesAlone = copyServerReport({ backendMemoryBytes: bytes })
    }
    this.#bytes = bytes
    this.#toldBytesAt = now
    this.#join()
  }

  /** What of it still holds; `undefined` for nothing. Frozen to the bottom. */
  latest(now: number): ServerReport | undefined {
    const isOld = now - this.#reportedAt > reportMemoryMs
    const isOfOldBytes = now - this.#toldBytesAt > bytesMemoryMs
    if (isOld) return isOfOldBytes ? undefined : this.#bytesAlone
    return isOfOldBytes ? this.#report : this.#whole
  }

  #join(): void {
    const report = this.#report
    const bytesAlone = this.#bytesAlone
    if (report === undefined || bytesAlone === undefined) this.#whole = report ?? bytesAlone
    else if (report.backendMemoryBytes === this.#bytes) this.#whole = report
    else this.#whole = Object.freeze({ ...report, backendMemoryBytes: this.#bytes })
  }
}
