import { chartColours, drawChart } from '../../proof/chart.ts'
import { type FleetFound, recoveryStepMs } from '../fleet/summarise.ts'
import type { ScaleFound } from '../found.ts'
import type { Growth, GrowthPoint } from '../growth/fit.ts'

type Failover = ScaleFound['failovers'][number]

const legend = { bottom: 4, itemGap: 42, icon: 'roundRect', itemHeight: 4, itemWidth: 22 } as const
const titleStyle = { fontSize: 16, fontWeight: 600, color: '#1d2733' } as const
const subtextStyle = { fontSize: 12, color: '#5b6673', lineHeight: 16 } as const
const grid = { left: 70, right: 30, top: 84, bottom: 88 } as const
const axisName = { nameLocation: 'middle', nameTextStyle: { color: '#5b6673' } } as const
const splitLine = { lineStyle: { color: '#e8ebef' } } as const

/** Attempts to connect per second at the server, before, during and after its outage. */
export function attemptsChart({ scenario, fleets }: Failover, sliceMs: number): string {
  const { failsAt, startsAt, acceptsAt, endsAt, label } = scenario
  return drawChart({
    title: title('Attempts to connect, per second, at the server', label),
    legend,
    grid,
    xAxis: {
      type: 'value',
      min: (failsAt - 4_000) / 1_000,
      max: endsAt / 1_000,
      interval: 4,
      splitLine: { show: false },
      name: 'seconds',
      nameGap: 28,
      ...axisName,
    },
    yAxis: { type: 'log', min: 1, logBase: 10, splitLine },
    series: fleets.map((fleet, index) => ({
      ...lineOf(fleet, index),
      step: 'end' as const,
      data: pairs(fleet.attemptsPerSecond, sliceMs, 0.7),
      ...(index === 0 && { markArea: phases(failsAt, startsAt, acceptsAt) }),
    })),
  })
}

/** The share of instances that serve again, from the server's return on. */
export function recoveryChart({ scenario, fleets }: Failover): string {
  return drawChart({
    title: title('Instances that serve again', scenario.label),
    legend,
    grid,
    xAxis: {
      type: 'value',
      min: 0,
      max: lastChange(fleets) / 1_000,
      splitLine: { show: false },
      name: 'seconds after the server takes connections again',
      nameGap: 28,
      ...axisName,
    },
    yAxis: { type: 'value', min: 0, max: 100, axisLabel: { formatter: '{value} %' }, splitLine },
    series: fleets.map((fleet, index) => ({
      ...lineOf(fleet, index),
      data: fleet.serving.map((share, step) => [(step * recoveryStepMs) / 1_000, share * 100]),
    })),
  })
}

/** Costs against sizes, both logarithmic: each cost relative to its first, so that slopes can be compared. */
export function growthChart(growth: readonly Growth[], by: Growth['by']): string {
  const own = growth.filter((each) => each.by === by)
  const sizes = own.flatMap(({ points }) => points.map(({ size }) => size))
  const least = Math.min(...own.flatMap(({ points }) => points.map(relativeTo(points[0]))))
  return drawChart(
    {
      title: title(
        `What Hale costs, by ${by}`,
        'Times the cost at the smallest size; real CPU and memory',
      ),
      legend,
      grid: { ...grid, right: 60, bottom: 126 },
      xAxis: {
        type: 'log',
        min: Math.min(...sizes),
        max: Math.max(...sizes),
        splitLine: { show: false },
        name: by,
        nameGap: 28,
        ...axisName,
      },
      yAxis: {
        type: 'log',
        min: 10 ** Math.floor(Math.log10(least)),
        splitLine,
        axisLabel: { formatter: '×{value}' },
      },
      series: [
        proportionOf(sizes),
        ...own.map(({ name, points, exponent }, index) => ({
          type: 'line' as const,
          name: `${name} (size^${exponent.toFixed(2)})`,
          symbolSize: 7,
          lineStyle: { width: 2.5 },
          color: chartColours[index % chartColours.length] as string,
          data: points.map((point) => [point.size, relativeTo(points[0])(point)]),
        })),
      ],
    },
    { height: 460 },
  )
}

function relativeTo(first: GrowthPoint | undefined): (point: GrowthPoint) => number {
  return ({ cost }) => cost / (first?.cost ?? 1)
}

function proportionOf(sizes: readonly number[]) {
  const [least, most] = [Math.min(...sizes), Math.max(...sizes)]
  return {
    type: 'line' as const,
    name: 'in proportion',
    symbol: 'none',
    color: '#b9c0c9',
    lineStyle: { type: 'dashed' as const, width: 1.5 },
    data: [
      [least, 1],
      [most, most / least],
    ],
  }
}

function lineOf({ label }: FleetFound, index: number) {
  return {
    type: 'line' as const,
    name: label,
    symbol: 'none',
    lineStyle: { width: index === 0 ? 3 : 2 },
    z: 10 - index, // Hale in front
  }
}

/** Series against seconds; what a logarithmic axis has no place for stands at its foot. */
function pairs(series: readonly number[], stepMs: number, least: number): number[][] {
  return series.map((value, n) => [(n * stepMs) / 1_000, Math.max(least, value)])
}

function phases(failsAt: number, startsAt: number, acceptsAt: number) {
  const area = (name: string, from: number, to: number, colour: string) => [
    { name, xAxis: from / 1_000, itemStyle: { color: colour } },
    { xAxis: to / 1_000 },
  ]
  return {
    silent: true,
    label: { position: 'insideTop' as const, distance: 6, color: '#5b6673' },
    data: [
      area('down', failsAt, startsAt, 'rgba(200, 70, 50, 0.08)'),
      area('starting up', startsAt, acceptsAt, 'rgba(228, 160, 58, 0.14)'),
    ] as never,
  }
}

/** Until when anything changes, in whole seconds, ms. */
function lastChange(fleets: readonly FleetFound[]): number {
  const steps = fleets.map(({ serving }) => serving.indexOf(serving.at(-1) ?? 0))
  return Math.ceil((Math.max(...steps) * recoveryStepMs) / 1_000 + 0.5) * 1_000
}

function title(text: string, subtext: string) {
  return { text, subtext, left: 16, top: 12, textStyle: titleStyle, subtextStyle }
}
