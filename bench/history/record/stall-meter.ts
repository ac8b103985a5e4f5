import type { HistoryRecorder } from './history-recorder.ts'

/** How often the event loop is measured, ms. */
const meterEveryMs = 10

/** Lateness below this is the timer's own rounding, ms. */
const roundingMs = 1

/**
 * Notes how late the event loop is, for as long as it runs: a timer that is late by some time says that
 * nothing else of this process could run meanwhile either. Returns how to stop it.
 */
export function startStallMeter(recorder: HistoryRecorder): () => void {
  let dueAt = 0
  let timer: NodeJS.Timeout
  const arm = (): void => {
    dueAt = performance.now() + meterEveryMs
    timer = setTimeout(look, meterEveryMs)
  }
  const look = (): void => {
    const ms = performance.now() - dueAt
    if (ms > roundingMs) recorder.note({ kind: 'stalled', ms })
    arm()
  }
  arm()
  return () => clearTimeout(timer)
}
