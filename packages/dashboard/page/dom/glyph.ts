import type { Status } from '../words/status-words.ts'
import { setAttribute, svg } from './element.ts'
import type { View } from './view.ts'

type Look = Status | 'info'

/** A shape for each status, so that none is told by its colour alone. */
const shapes: Readonly<Record<Look, { readonly outline: string; readonly mark: string }>> = {
  healthy: { outline: 'M8 1a7 7 0 1 1 0 14a7 7 0 1 1 0-14Z', mark: 'M4.8 8.2l2.2 2.2l4.2-4.6' },
  degraded: {
    outline: 'M8 1.2L15.4 14.4H.6Z',
    mark: 'M8 5.8v4.1M8 12.1v.1',
  },
  unhealthy: {
    outline: 'M5.1 1h5.8L15 5.1v5.8L10.9 15H5.1L1 10.9V5.1Z',
    mark: 'M5.5 5.5l5 5M10.5 5.5l-5 5',
  },
  info: {
    outline: 'M8 1a7 7 0 1 1 0 14a7 7 0 1 1 0-14Z',
    mark: 'M8 7.6v4M8 4.6v.1',
  },
  unknown: {
    outline: 'M8 1a7 7 0 1 1 0 14a7 7 0 1 1 0-14Z',
    mark: 'M5 8h.1M8 8h.1M11 8h.1',
  },
}

/** The shape of a status, or of a mere fact; what it means is told in words beside it. */
export function createGlyph(): View<Look, SVGSVGElement> {
  const outline = svg('path', { class: 'glyph-outline' })
  const mark = svg('path', { class: 'glyph-mark' })
  const element = svg('svg', { viewBox: '0 0 16 16', 'aria-hidden': 'true' }, outline, mark)
  return {
    element,
    update(status) {
      setAttribute(element, 'class', `glyph is-${status}`)
      setAttribute(outline, 'd', shapes[status].outline)
      setAttribute(mark, 'd', shapes[status].mark)
    },
  }
}

/** One that stays as it is. */
export function glyph(status: Look): SVGSVGElement {
  const { element, update } = createGlyph()
  update(status)
  return element
}
