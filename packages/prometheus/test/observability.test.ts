import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { poolMetrics } from '../src/pool-metrics.ts'
import { isPromtoolInstalled, runPromtool, whyNoPromtool } from './promtool.ts'

const docs = new URL('../../../docs/', import.meta.url)
const read = (name: string): string => readFileSync(new URL(name, docs), 'utf8')

interface Rule {
  readonly alert: string
  readonly expr: string
  readonly labels: { readonly severity: string }
  readonly annotations: Readonly<Record<string, string>>
}
interface Panel {
  readonly id: number
  readonly type: string
  readonly title: string
  readonly description?: string
  readonly datasource?: { readonly uid: string }
  readonly gridPos: {
    readonly h: number
    readonly w: number
    readonly x: number
    readonly y: number
  }
  readonly targets?: readonly { readonly expr: string; readonly refId: string }[]
}

const rules = (
  parse(read('observability/alerts.yaml')) as { readonly groups: readonly { rules: Rule[] }[] }
).groups.flatMap(({ rules: ofGroup }) => ofGroup)
const dashboard = JSON.parse(read('observability/grafana-dashboard.json')) as {
  readonly panels: readonly Panel[]
  readonly templating: { readonly list: readonly { readonly name: string; query: unknown }[] }
}
const queries = dashboard.panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr))

/** Labels of each series that a scrape can have; those of histograms with what their names end in. */
const labelsOf = new Map<string, readonly string[]>()
for (const { name, type, labelNames } of poolMetrics) {
  const labels = ['pool', ...labelNames]
  if (type !== 'histogram') labelsOf.set(`hale_${name}`, labels)
  else {
    labelsOf.set(`hale_${name}_bucket`, [...labels, 'le'])
    labelsOf.set(`hale_${name}_sum`, labels)
    labelsOf.set(`hale_${name}_count`, labels)
  }
}

/** What `text` says of metrics that does not exist. */
function unknownIn(text: string): readonly string[] {
  const selectors = text.matchAll(/\b(hale_\w+)(?:\{([^}]*)\})?/g)
  return Array.from(selectors).flatMap(([, name = '', selector = '']) => {
    const labels = labelsOf.get(name)
    if (labels === undefined) return [name]
    const used = Array.from(selector.matchAll(/(\w+)\s*(?:=~|!~|!=|=)/g), ([, label = '']) => label)
    return used.filter((label) => !labels.includes(label)).map((label) => `${name}{${label}}`)
  })
}

describe('the alert rules', () => {
  it('know only metrics and labels that there are', () => {
    expect(rules.length).toBeGreaterThan(5)
    expect(rules.flatMap(({ expr }) => unknownIn(expr))).toEqual([])
  })

  it('say what it is, why the threshold is what it is, and what to do', () => {
    for (const { alert, labels, annotations } of rules) {
      expect(alert).toMatch(/^Hale[A-Z]\w+$/)
      expect(['page', 'ticket']).toContain(labels.severity)
      expect(Object.keys(annotations)).toEqual(['summary', 'description', 'why', 'action'])
    }
  })
})

describe('the dashboard', () => {
  it('knows only metrics and labels that there are', () => {
    expect(queries.length).toBeGreaterThan(20)
    expect(queries.flatMap(unknownIn)).toEqual([])
    const variables = dashboard.templating.list
    expect(variables.map(({ name }) => name)).toEqual(['datasource', 'pool'])
    expect(unknownIn(JSON.stringify(variables[1]?.query))).toEqual([])
  })

  it('shows every metric, but for what is no more than a floor or a sum of others', () => {
    const shown = queries.join(' ')
    const hidden = poolMetrics
      .map(({ name }) => `hale_${name}`)
      .filter((name) => !shown.includes(name))
    expect(hidden).toEqual([
      'hale_pool_connections_min',
      'hale_pool_leases_total',
      'hale_pool_connections_closed_total',
    ])
  })

  it('asks the chosen data source for the chosen pools, and explains each panel', () => {
    const panels = dashboard.panels.filter(({ type }) => type !== 'row')
    for (const { description = '', datasource, targets = [] } of panels) {
      expect(description.length).toBeGreaterThan(10)
      expect(datasource?.uid).toBe('$' + '{datasource}')
      for (const { expr } of targets) expect(expr).toContain('pool=~"$pool"')
    }
  })

  it('has panels that overlap nowhere', () => {
    const cells = dashboard.panels.flatMap(({ gridPos: { h, w, x, y } }) => {
      expect(x + w).toBeLessThanOrEqual(24)
      return Array.from({ length: h * w }, (_, at) => `${x + (at % w)} ${y + Math.floor(at / w)}`)
    })
    expect(new Set(cells).size).toBe(cells.length)
    expect(new Set(dashboard.panels.map(({ id }) => id)).size).toBe(dashboard.panels.length)
  })
})

describe('docs/observability.md', () => {
  it('lists the metrics that there are, as they are', () => {
    const rows = poolMetrics.map(({ name, type, labelNames, help }) => {
      const labels = ['pool', ...labelNames].map((label) => `\`${label}\``).join(', ')
      return `| \`hale_${name}\` | ${type} | ${labels} | ${help} |`
    })
    const page = read('observability.md')
    const table = page.split('\n').filter((line) => line.startsWith('| `hale_'))
    expect(table).toEqual(rows)
  })

  it('names every alert', () => {
    const page = read('observability.md')
    for (const { alert } of rules) expect(page).toContain(`\`${alert}\``)
  })
})

describe.skipIf(!isPromtoolInstalled)(`promtool${whyNoPromtool}`, () => {
  const path = (name: string): string => fileURLToPath(new URL(`observability/${name}`, docs))

  it('accepts the alert rules, and they fire when they are to and not else', () => {
    expect(runPromtool(['check', 'rules', path('alerts.yaml')])).toMatch(/SUCCESS/)
    expect(runPromtool(['test', 'rules', path('alerts.test.yaml')])).not.toMatch(/FAILED|exit code/)
  })

  it('can read every query of the dashboard', () => {
    const folder = mkdtempSync(join(tmpdir(), 'hale-dashboard-'))
    try {
      const asked = queries.map((query, index) => {
        const expr = query.replaceAll(/\$__(rate_interval|range)/g, '5m').replaceAll('$pool', '.*')
        return { record: `query_${index}`, expr }
      })
      const file = join(folder, 'queries.yaml')
      writeFileSync(file, JSON.stringify({ groups: [{ name: 'dashboard', rules: asked }] }))
      expect(runPromtool(['check', 'rules', file])).toContain(`${queries.length} rules found`)
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})
