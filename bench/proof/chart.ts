import { type EChartsOption, init } from 'echarts'

/** Hale first, then whoever else is drawn; told apart by lightness too, for those who see no colours. */
export const chartColours = ['#0b6e4f', '#e4793a', '#6b7a8f', '#b8b09c', '#7d5ba6', '#3d8fc7']

/** Draws a chart as SVG text, with the look that all charts of docs/benchmarks.md share. */
export function drawChart(
  option: EChartsOption,
  { width = 880, height = 420 }: { readonly width?: number; readonly height?: number } = {},
): string {
  const chart = init(null, null, { renderer: 'svg', ssr: true, width, height })
  try {
    chart.setOption({
      animation: false,
      backgroundColor: '#ffffff', // readable on a page of either colour
      color: chartColours,
      textStyle: { fontFamily: 'system-ui, sans-serif', fontSize: 13 },
      ...option,
    })
    return `${chart.renderToSVGString()}\n`
  } finally {
    chart.dispose()
  }
}
