import { durationInWords } from '@hale/core'
import type { LiveState, PoolView } from '@hale/dashboard'
import { shownText } from '../terminal/shown-text.ts'
import type { Style } from '../terminal/style.ts'
import { cut } from '../terminal/wrap.ts'
import { renderPool } from './render-pool.ts'

const LEAST_INTERVAL_MS = 1_000

/** What is drawn at an instant. */
export interface Frame {
  readonly url: URL
  /** `undefined` while nothing has come. */
  readonly state: LiveState | undefined
  /** Since when nothing new has come. */
  readonly silentMs: number
  /** Why nothing comes; `undefined` while something does. */
  readonly trouble: string | undefined
}

/** Lines of at most `style.columns` columns. Total: shows nothing that a terminal would take for a command. */
export function renderFrame(frame: Frame, style: Style): readonly string[] {
  const { url, state, trouble } = frame
  const head = cut(`Hale · ${shownText(url.href)} · ${ageOf(frame)}`, style.columns)
  const lines = [style.bold(head)]
  if (trouble !== undefined) {
    lines.push(style.severity('warning', cut(`▲ ${shownText(trouble)}`, style.columns)))
  }
  const pools = [...(state?.pools ?? [])]
  if (state !== undefined && pools.length === 0) lines.push('', 'The dashboard has no pools.')
  return [...lines, ...pools.flatMap(([name, pool]) => ['', ...renderSafely(name, pool, style)])]
}

/** A dashboard of another version may leave out what this one reads. */
function renderSafely(name: string, pool: PoolView, style: Style): readonly string[] {
  try {
    return renderPool(name, pool, style)
  } catch {
    return [
      style.bold(cut(shownText(name), style.columns)),
      '  ? it sends what this version of hale cannot read',
    ]
  }
}

function ageOf({ state, silentMs, trouble }: Frame): string {
  if (state === undefined) return 'connecting'
  const time = new Date(state.at).toISOString().slice(11, 19)
  const isLive = trouble === undefined && silentMs <= usualSilenceMs(state)
  return isLive
    ? `${time} UTC`
    : `stale: as of ${time} UTC, ${durationInWords(Math.round(silentMs))} ago`
}

/** Three of the dashboard's own intervals, as its samples show them. */
function usualSilenceMs({ pools }: LiveState): number {
  const gaps = [...pools.values()].map(({ series }) => {
    const [before = 0, latest = before] = series?.at.slice(-2) ?? []
    return latest - before
  })
  return 3 * Math.max(LEAST_INTERVAL_MS, ...gaps)
}
