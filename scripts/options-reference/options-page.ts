import { pgOptions } from './pg-options.ts'
import { type DocumentedOption, type OptionGroup, readOptions } from './read-options.ts'

/** What is called with them. Whatever is not named here has the name of its interface as a heading. */
const callers: Readonly<Record<string, string>> = {
  HealthAwarePoolOptions: 'new HealthAwarePool(options)',
  ManagerOptions: 'new HealthAwareConnectionManager(options)',
  ManagedPoolOptions: 'manager.register(name, options)',
  TransactionOptions: 'withHealthAwareTransaction(pool, use, options)',
  ReadinessHandlerOptions: 'readinessHandler(pools, options)',
  HealthAwareDialectOptions: 'new HealthAwareDialect(options)',
  LoggerOptions: 'createLogger(monitor, sink, options)',
  DashboardOptions: 'createDashboard(pools, options)',
  PrometheusCollectorOptions: 'createPrometheusCollector(pools, options)',
  OpenTelemetryMetricsOptions: 'createOpenTelemetryMetrics(pools, options)',
  MetricProducerOptions: 'createMetricProducer(pools, options)',
}

/** What a pool is made of inside: its parts are no options of a user's. */
const internal = new Set(['MonitorOptions', 'SupervisorOptions'])

/** What a docstring has no room for, by section. */
const remarks: Readonly<Record<string, string>> = {
  'health.thresholds':
    'Each is `{ warning, critical }`, with either left out or `false` for never: from `warning` on a connection is `degraded`, from `critical` on `unhealthy`, until it is below 80 % of that. What rests on locks, blocking and memory needs [the sentinel](server.md#what-it-finds).\n\n',
}

/** What comes first; the rest by name. */
const order = ['@hale/pg', '@hale/kysely', '@hale/drizzle', '@hale/dashboard']

const intro = `# Options

Written by \`node scripts/options-reference.ts --update\` from the types; a test compares them.

Durations are in ms and say so in their names, shares are 0 to 1, "off" is \`false\`. What is wrong is told when the
options are given, all of it in one \`OptionsError\` (\`HALE_OPTIONS\`): a value out of its range, a name that is
unknown (with the one that was probably meant), two that exclude each other. No value is quietly put right.

`

/** The whole of docs/options.md. */
export function optionsPage(): string {
  const packages = [...readOptions()].filter(([, groups]) => groups.length > 0)
  const told = new Set<string>()
  const rank = (name: string): number => (order.includes(name) ? order.indexOf(name) : order.length)
  const sections = packages
    .toSorted(([a], [b]) => rank(a) - rank(b) || a.localeCompare(b))
    .map(([name, groups]) => packageSection(name, groups, told))
    .filter((section) => section !== '')
  return `${intro}${contentsOf(sections)}\n\n${sections.join('\n')}`
}

/** Links to what is called with options. */
function contentsOf(sections: readonly string[]): string {
  const headings = sections.flatMap((section) => [...section.matchAll(/^### (.+)$/gm)])
  return headings.map(([, text = '']) => `[\`${text}\`](#${anchor(text)})`).join(' ·\n')
}

/** The groups of a package that are told nowhere else: neither nested in another, nor its base. */
function packageSection(name: string, groups: readonly OptionGroup[], told: Set<string>): string {
  const covered = new Set(groups.flatMap((group) => [...group.bases, ...nestedNames(group)]))
  const isOwn = (base: string): boolean => base === 'HealthAwarePoolOptions' || !covered.has(base)
  for (const each of internal) told.add(each)
  const own = groups.filter((group) => isOwn(group.name) && !told.has(group.name))
  for (const group of own) for (const each of [group.name, ...nestedNames(group)]) told.add(each)
  const sorted = own.toSorted((a, b) => callerRank(a) - callerRank(b))
  return sorted.length === 0 ? '' : `## ${name}\n\n${sorted.map(groupSection).join('\n')}`
}

function callerRank({ name }: OptionGroup): number {
  const rank = Object.keys(callers).indexOf(name)
  return rank === -1 ? Number.POSITIVE_INFINITY : rank
}

function nestedNames(group: OptionGroup): readonly string[] {
  return group.options.flatMap(({ nested }) =>
    nested === undefined ? [] : [nested.name, ...nested.bases, ...nestedNames(nested)],
  )
}

function groupSection(group: OptionGroup): string {
  const heading = `### ${callers[group.name] ?? group.name}\n\n${group.meaning}\n`
  if (group.name === 'HealthAwarePoolOptions') return `${heading}\n${ofPool(group)}`
  if (group.name === 'ManagedPoolOptions') {
    const placement = group.options.filter(({ name }) => name === 'role' || name === 'group')
    return `${heading}\nEvery option of a pool, and:\n\n${table(placement, '')}`
  }
  return `${heading}\n${table(group.options, '')}${nestedSections(group.options, '')}`
}

/** Those of pg first, as most readers know them; then Hale's. */
function ofPool({ options }: OptionGroup): string {
  const rows = Object.entries(pgOptions).map(([name, { meaning, default: value, changed }]) =>
    row([`\`${name}\``, meaning, value, changed ?? '']),
  )
  const pg = [header(['option of pg', 'meaning', 'default', 'what Hale changes']), ...rows]
  return `${pg.join('\n')}\n\n${table(options, '')}${nestedSections(options, '')}`
}

/** A section for each option that holds others, and for those within. */
function nestedSections(options: readonly DocumentedOption[], path: string): string {
  return options
    .flatMap(({ name, nested }) =>
      nested === undefined ? [] : [{ under: `${path}${name}`, nested }],
    )
    .map(({ under, nested: { meaning, options: inner } }) =>
      [
        `\n#### ${under}\n\n${meaning}\n\n${remarks[under] ?? ''}`,
        table(inner, `${under}.`),
        nestedSections(inner, `${under}.`),
      ].join(''),
    )
    .join('')
}

function table(options: readonly DocumentedOption[], path: string): string {
  const rows = options.map((option) => {
    const name = `${path}${option.name}`
    const isNested = option.nested !== undefined
    const meaning = isNested ? `${option.meaning} [More](#${anchor(name)})` : option.meaning
    const type = isNested ? offOrOptions(option) : `\`${shortType(option.type)}\``
    return row([`\`${name}\``, meaning, type, defaultOf(option)])
  })
  return `${[header(['option', 'meaning', 'type', 'default']), ...rows].join('\n')}\n`
}

function shortType(type: string): string {
  return type === 'LimitOptions' ? '{ warning, critical }' : type
}

function offOrOptions({ type }: DocumentedOption): string {
  if (type.endsWith('[]')) return 'a list of these'
  return type.includes('false') ? 'options, or `false`' : 'options'
}

const literal = /^('[^']*'|[\d._]+|true|false|\{.*\})( \(.*\))?$/

function defaultOf({ default: value, isRequired, nested, type }: DocumentedOption): string {
  if (isRequired) return 'required'
  if (value === undefined) return nested === undefined || type.endsWith('[]') ? 'none' : ''
  const [, code, rest] = literal.exec(value) ?? []
  return code === undefined ? value : `\`${code}\`${rest ?? ''}`
}

/** As GitHub makes them of headings. */
function anchor(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\w -]/g, '')
    .replaceAll(' ', '-')
}

function header(cells: readonly string[]): string {
  return `${row(cells)}\n${row(cells.map(() => '---'))}`
}

/** One line: lists become lines of a cell, and `|` is no border. */
function row(cells: readonly string[]): string {
  const flat = cells.map((cell) =>
    cell
      .replace(/\n\s*\n(?=- )/g, '\n')
      .replace(/\n\s*\n/g, '<br>')
      .replace(/\n- /g, '<br>– ')
      .replace(/^- /, '– ')
      .replace(/\s*\n\s*/g, ' ')
      .replaceAll('|', '\\|'),
  )
  return `| ${flat.join(' | ')} |`
}
