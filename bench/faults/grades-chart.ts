import type { EChartsOption } from 'echarts'
import { type ContenderName, contenderTitles } from '../contenders/contender.ts'
import { drawChart } from '../proof/chart.ts'
import type { Fault } from './fault.ts'
import type { Cell } from './measure.ts'
import { type Grade, gradeOf, grades } from './verdicts.ts'

/** Dark for what must never happen, light for what is well, so that it reads without colours too. */
const looks: Readonly<Record<Grade, { readonly colour: string; readonly says: string }>> = {
  died: { colour: '#5c1a1b', says: 'process died' },
  corrupted: { colour: '#96281b', says: 'writes lost, doubled or not meant' },
  stuck: { colour: '#c0392b', says: 'callers stuck' },
  leaked: { colour: '#d9603b', says: 'slots lost' },
  failed: { colour: '#eb984e', says: 'needless failures' },
  kept: { colour: '#f3c56b', says: 'a broken link kept' },
  stalled: { colour: '#fbeec4', says: 'a wait of over 3 s' },
  well: { colour: '#cfe8d8', says: 'none of that' },
}

/** One square per fault and contender, by the worst that happened. */
export function drawGrades(
  cells: readonly Cell[],
  faults: readonly Fault[],
  names: readonly ContenderName[],
): string {
  const rows = faults.toReversed()
  const data = cells.map((cell) => [
    names.indexOf(cell.contender as ContenderName),
    rows.findIndex(({ id }) => id === cell.fault),
    grades.indexOf(gradeOf(cell)),
  ])
  const option: EChartsOption = {
    grid: { left: 250, right: 20, top: 60, bottom: 60 },
    xAxis: {
      type: 'category',
      position: 'top',
      data: names.map((name) => contenderTitles[name].replace(' on ', '\non ')),
      axisLabel: { interval: 0, fontSize: 12, lineHeight: 14, color: '#222' },
      axisLine: { show: false },
      axisTick: { show: false },
    },
    yAxis: {
      type: 'category',
      data: rows.map(({ title }) => title.replaceAll('`', '')),
      axisLabel: { interval: 0, fontSize: 12, color: '#222' },
      axisLine: { show: false },
      axisTick: { show: false },
    },
    visualMap: {
      type: 'piecewise',
      orient: 'horizontal',
      left: 'center',
      bottom: 6,
      itemGap: 30,
      textStyle: { fontSize: 11, color: '#222' },
      pieces: grades.map((grade, value) => ({
        value,
        color: looks[grade].colour,
        label: looks[grade].says,
      })),
    },
    series: [
      {
        type: 'heatmap',
        data,
        itemStyle: { borderColor: '#fff', borderWidth: 3, borderRadius: 3 },
      },
    ],
  }
  return drawChart(option, { width: 1_180, height: 140 + faults.length * 26 })
}
