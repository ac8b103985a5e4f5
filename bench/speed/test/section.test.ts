import { describe, expect, it } from 'vitest'
import type { Results } from '../../proof/results.ts'
import type { Part, SpeedFound } from '../figure.ts'
import { speedSection } from '../section.ts'
import { partOf, speedFound } from './speed-found.ts'

function resultsOf(parts: readonly Part[]): Results<SpeedFound> {
  const machine = { cpu: 'a CPU', cores: 2, memoryGiB: 8, load: 0 }
  return {
    bench: 'speed',
    command: 'a command',
    date: '2026-01-01',
    machine,
    versions: {},
    found: { parts },
  }
}

const { markdown, charts } = speedSection(resultsOf(speedFound.parts))

describe('the section on speed', () => {
  it('begins with a heading of the second level', () => {
    expect(markdown.startsWith('## Speed\n')).toBe(true)
  })

  it('gives each value with its ratio, and the baseline without', () => {
    expect(markdown).toContain('| pg-pool | 40.0 µs |')
    expect(markdown).toContain('| Hale | 39.0 µs, ×0.97 |')
  })

  it('says how each part was measured', () => {
    for (const { method } of speedFound.parts) expect(markdown).toContain(method)
  })

  it('writes differences below zero with a minus and their spread', () => {
    expect(markdown).toContain('| lending | −0.70 (−0.80..−0.60) µs |')
  })

  it('links exactly the charts that it draws', () => {
    const linked = [...markdown.matchAll(/\(benchmarks\/(.+?\.svg)\)/g)].map(([, file]) => file)
    expect(linked.toSorted()).toEqual(Object.keys(charts).toSorted())
    expect(linked).toHaveLength(5)
  })

  it('draws charts of text that stands in the results alone', () => {
    for (const svg of Object.values(charts)) expect(svg).toMatch(/^<svg /)
    expect(charts['speed-contenders.svg']).toContain('20,100')
    expect(charts['speed-start.svg']).toContain('123 ms')
    expect(charts['speed-tracing.svg']).toContain('2.25')
    expect(charts['speed-query.svg']).not.toContain('OpenTelemetry')
  })

  it('is the same for the same results', () => {
    expect(speedSection(resultsOf(speedFound.parts)).markdown).toBe(markdown)
  })

  it('leaves out what was not run', () => {
    const section = speedSection(resultsOf([]))
    expect(section.charts).toEqual({})
    expect(section.markdown).not.toContain('###')
  })

  it('tells what could not be measured, and draws nothing of it', () => {
    const part: Part = { ...partOf('query', []), failures: ['it ended with 1'] }
    const section = speedSection(resultsOf([part]))
    expect(section.markdown).toContain('Not measured: it ended with 1')
    expect(section.charts).toEqual({})
  })

  it('tells a goal that does not hold beside its noise', () => {
    const noise = { p10: 0.98, median: 1, p90: 1.02 }
    const ratio = { p10: 1.01, median: 1.034, p90: 1.05 }
    const goal = { name: 'CPU of Hale', atMost: 1.02 }
    const goals = [{ goal, holds: false, ratio: 1.034, measured: { ratio, noise } }]
    const text = speedSection(resultsOf([{ ...partOf('query', []), goals }])).markdown
    expect(text).toContain(
      '| CPU of Hale | ≤ 1.02 | 1.034 | 1.010..1.050 | 0.980..1.020 | **does not hold** |',
    )
  })
})
