import type {
  GridComponentOption,
  TitleComponentOption,
  XAXisComponentOption,
  YAXisComponentOption,
} from 'echarts'
import { chartColours } from '../../proof/chart.ts'
import { titles } from '../speed-name.ts'

/** What the charts of this page have in common. */

const [hale = '', tracing = '', other = '', noise = ''] = chartColours

export const ink = '#22272e'
const faint = '#e6e8eb'

/** Room for a title of two lines and a legend. */
export const grid: GridComponentOption = {
  left: 40,
  right: 72,
  top: 96,
  bottom: 24,
  outerBoundsMode: 'same',
}
export const gridWithoutLegend: GridComponentOption = { ...grid, top: 72 }
export const legend = { top: 60, left: 20, itemGap: 28, itemWidth: 16, itemHeight: 12 } as const

export interface Caption {
  readonly title: string
  readonly subtitle: string
}

export function heading({ title: text, subtitle: subtext }: Caption): TitleComponentOption {
  return { text, subtext, left: 24, top: 12, textStyle: { fontSize: 16 }, itemGap: 6 }
}

const colours: Readonly<Record<string, string>> = {
  [titles.opentelemetry]: tracing,
  [titles['hale-observed']]: other,
  [titles['hale-instruments']]: tracing,
  [titles['pg-pool again']]: noise,
}

/** Whatever stands on Hale has its colour, save where it stands beside itself. */
export function colourOf(who: string): string {
  return colours[who] ?? (who.includes(titles['hale-pg']) ? hale : other)
}

/** Names from below to above, with nothing but themselves. */
export function namesAxis(names: readonly string[]): YAXisComponentOption {
  return {
    type: 'category',
    data: [...names],
    axisTick: { show: false },
    axisLine: { show: false },
  }
}

export function unitAxis(unit: string): XAXisComponentOption {
  return {
    type: 'value',
    axisLabel: { formatter: `{value} ${unit}` },
    splitLine: { lineStyle: { color: faint } },
  }
}

export const timesAxis: YAXisComponentOption = {
  type: 'value',
  min: 0,
  axisLabel: { formatter: '×{value}' },
  splitLine: { lineStyle: { color: faint } },
}
