import { toLiveState } from '@hale/dashboard'
import stringWidth from 'string-width'
import { describe, expect, it } from 'vitest'
import { plainStyle, styleFor } from '../../src/terminal/style.ts'
import { type Frame, renderFrame } from '../../src/watch/render-frame.ts'
import { someCell, someEntry, someIssue, somePool, someSeries, someState } from './some-state.ts'

const url = new URL('http://127.0.0.1:3000/hale/')

function frameOf(pools: Parameters<typeof someState>[0], more: Partial<Frame> = {}): Frame {
  return { url, state: toLiveState(someState(pools)), silentMs: 0, trouble: undefined, ...more }
}
const render = (pools: Parameters<typeof someState>[0], columns = 100): string =>
  renderFrame(frameOf(pools), plainStyle(columns)).join('\n')

describe('renderFrame', () => {
  it('shows a pool with its verdict, its readings and its connections', () => {
    expect(render({ primary: somePool() })).toMatchInlineSnapshot(`
      "Hale · http://127.0.0.1:3000/hale/ · 12:00:00 UTC

      primary ● all 2 healthy  db:5432/shop enforce
        connections 2/8        1 leased, 1 idle                                   ██
        waiting     0          callers                                            ██
        statements  1.0        per second                                         ██
        p95         ≤ 1 ms     of statements                                      ██
        ● 1 idle p95 2.5 ms       ● 2 leased 15 ms"
    `)
  })
  it('tells a status by its sign, not by colour alone', () => {
    const connections = (['healthy', 'degraded', 'unhealthy', 'unknown'] as const).map(
      (status, index) => someCell({ connectionId: index + 1, status }),
    )
    const text = render({ primary: somePool({ connections }) }, 140)
    expect(text).toMatch(/● 1 idle.+▲ 2 idle.+✖ 3 idle.+\? 4 idle/)
  })
  it('shows open issues, not those that are over, and the latest entries', () => {
    const issues = [someIssue(), someIssue({ clearedAt: 1, explanation: 'long over' })]
    const text = render({ primary: somePool({ issues, timeline: [someEntry()] }) })
    expect(text).toContain('  ▲ connection 1: statements take longer here')
    expect(text).not.toContain('long over')
    expect(text).toContain('  12:00:00 ▲ Connection 1 was evicted because it was lost.')
  })
  it('says that it is connecting, that there are no pools, and that data is stale', () => {
    const style = plainStyle(100)
    const nothing = { url, state: undefined, silentMs: 0, trouble: undefined }
    expect(renderFrame(nothing, style)[0]).toContain('connecting')
    expect(renderFrame(frameOf({}), style)).toContain('The dashboard has no pools.')
    const lost = frameOf({}, { silentMs: 12_000, trouble: 'nobody listens there' })
    expect(renderFrame(lost, style).slice(0, 2)).toEqual([
      'Hale · http://127.0.0.1:3000/hale/ · stale: as of 12:00:00 UTC, 12 s ago',
      '▲ nobody listens there',
    ])
  })
  it('calls data stale once nothing new came for three intervals', () => {
    const pools = { one: somePool({ series: someSeries([0, 5_000]) }) }
    const head = (silentMs: number) => renderFrame(frameOf(pools, { silentMs }), plainStyle(100))[0]
    expect(head(15_000)).not.toContain('stale')
    expect(head(15_001)).toContain('stale')
  })
  it.each([40, 60, 80, 133])('keeps every line within %i columns', (columns) => {
    const wide = '連線'.repeat(60)
    const pool = somePool({
      connections: Array.from({ length: 30 }, (_, id) =>
        someCell({ connectionId: id * 1_000_000 }),
      ),
      issues: [
        someIssue({ explanation: `${wide} ${wide}` }),
        someIssue({ explanation: 'x'.repeat(500) }),
      ],
      timeline: [someEntry({ text: `${wide} e\u0301🧑‍🚀`.repeat(5) })],
    })
    for (const style of [plainStyle(columns), styleFor({ isTTY: true, columns }, {})]) {
      const widths = renderFrame(frameOf({ [wide]: pool }), style).map((line) => stringWidth(line))
      expect(Math.max(...widths)).toBeLessThanOrEqual(columns)
    }
  })
  it('shows nothing that a terminal takes for a command, whoever chose it', () => {
    const evil = '\u001b[2J\u001b]52;c;ZXZpbA==\u0007\r\n\u009b31m\u202e\u0000evil'
    const pool = somePool({
      target: { host: evil, port: 5432, database: evil },
      mode: evil as 'enforce',
      connections: [someCell({ state: evil as 'idle', status: evil as 'healthy' })],
      issues: [
        someIssue({ explanation: evil }),
        someIssue({ explanation: '', type: evil as 'flapping' }),
      ],
      timeline: [someEntry({ text: evil })],
    })
    const lines = renderFrame(frameOf({ [evil]: pool }, { trouble: evil }), plainStyle(200))
    const text = lines.join('\n')
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/)
    expect(text).toContain('evil')
  })
  it('outlasts a pool that it cannot read', () => {
    const pools = { odd: {} as ReturnType<typeof somePool>, fine: somePool() }
    const text = render(pools)
    expect(text).toContain('cannot read')
    expect(text).toContain('fine ● all 2 healthy')
  })
})
