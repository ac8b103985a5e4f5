import { durationInWords } from '@hale/core'
import { shownText } from '../terminal/shown-text.ts'
import type { Style } from '../terminal/style.ts'
import { wrap } from '../terminal/wrap.ts'
import type { DoctorReport, DoctorTarget } from './doctor-report.ts'
import type { DatabaseFacts } from './facts/database-facts.ts'
import type { Finding, FindingSeverity } from './finding.ts'
import { showSnippet } from './show-snippet.ts'

const signs: Readonly<Record<FindingSeverity, string>> = {
  critical: '✖ critical',
  warning: '▲ warning ',
  info: '· info    ',
}

const MOST_APPLICATIONS = 3

/** Where a finding's texts begin. */
const INDENT = 11

/** The report as people read it, ended by a line break. */
export function showReport(report: DoctorReport, facts: DatabaseFacts, style: Style): string {
  const { findings, recommended } = report
  const lines = [
    style.bold(addressOf(report.target)),
    ...summaryOf(facts).map(([name, text]) => `  ${name.padEnd(13)}${text}`),
    '',
    style.bold(verdictOf(findings)),
    ...findings.flatMap((finding) => ['', ...showFinding(finding, style)]),
    ...showUnseen(facts, style),
    '',
    style.bold('Recommended pool options'),
    '',
    ...showSnippet(recommended).map((line) => `  ${line}`),
  ]
  return `${lines.join('\n')}\n`
}

/** For stderr: why the database could not be checked. */
export function showFailure({ target, failure }: DoctorReport): string {
  if (failure === null) return ''
  const { kind, sqlState, code, reason, fix } = failure
  const name = [kind, sqlState ?? code].filter((part) => part !== undefined).join(', ')
  return `hale: cannot check ${addressOf(target)}: ${reason} (${name})\n      ${fix}\n`
}

function addressOf({ host, port, database }: DoctorTarget): string {
  return shownText(`${host}:${port}${database === undefined ? '' : `/${database}`}`)
}

function showFinding(finding: Finding, style: Style): readonly string[] {
  const { severity, title, reason, fix, id } = finding
  const width = style.columns - INDENT
  const indented = (text: string): readonly string[] =>
    wrap(shownText(text), width).map((line) => ' '.repeat(INDENT) + line)
  const [first = '', ...rest] = wrap(shownText(title), width)
  return [
    `${style.severity(severity, signs[severity])} ${style.bold(first)}`,
    ...rest.map((line) => ' '.repeat(INDENT) + style.bold(line)),
    ...indented(`why: ${reason}`),
    ...indented(`fix: ${fix}`),
    ' '.repeat(INDENT) + style.dim(id),
  ]
}

function verdictOf(findings: readonly Finding[]): string {
  const number = (severity: FindingSeverity): number =>
    findings.filter((finding) => finding.severity === severity).length
  const [critical, warnings, infos] = [number('critical'), number('warning'), number('info')]
  if (critical + warnings === 0) {
    return `Nothing is wrong${infos === 0 ? '' : `; ${infos} to know`}`
  }
  return `${critical} critical, ${warnings} ${warnings === 1 ? 'warning' : 'warnings'}, ${infos} to know`
}

function showUnseen({ unseen }: DatabaseFacts, style: Style): readonly string[] {
  if (unseen.length === 0) return []
  const lines = unseen.map(({ fact, reason }) => `  ${fact}: ${reason}`)
  return ['', style.bold('Not checked'), ...lines]
}

function summaryOf(facts: DatabaseFacts): readonly (readonly [string, string])[] {
  const { server, network, tls, pooler, connections } = facts
  const { p50Ms, p95Ms } = network.roundTrip
  const mode = pooler?.mode === undefined ? '' : `, for a ${pooler.mode}`
  const verified = tls.isVerified ? 'verified' : 'not verified'
  return [
    [
      'server',
      server === undefined
        ? 'not known'
        : `PostgreSQL ${server.versionText}, ${server.role}, up for ${durationInWords(server.uptimeMs)}`,
    ],
    [
      'round trip',
      `${durationInWords(p50Ms)} at the median, ${durationInWords(p95Ms)} for the slowest in twenty; select 1: ${durationInWords(network.smallQuery.p50Ms)}`,
    ],
    ['connecting', partsOf(network)],
    ['TLS', tls.isOn ? `${tls.protocol ?? 'on'}, ${verified}` : 'off'],
    ['pooler', pooler === undefined ? 'none seen' : `${pooler.name}${mode}`],
    ['connections', usageOf(connections)],
  ]
}

function partsOf(network: DatabaseFacts['network']): string {
  const { connectMs, lookupMs, tcpMs, tlsMs, startMs } = network
  const parts = [
    ['name', lookupMs],
    ['TCP', tcpMs],
    ['TLS', tlsMs],
    ['session', startMs],
  ] as const
  const told = parts.flatMap(([name, ms]) =>
    ms === undefined ? [] : [`${name} ${durationInWords(ms)}`],
  )
  return `${durationInWords(connectMs)} (${told.join(', ')})`
}

function usageOf(connections: DatabaseFacts['connections']): string {
  if (connections === undefined) return 'not known'
  const { max, reserved, used, free, byApplication } = connections
  if (used === undefined) return `${max - reserved} in all; how many are in use is not known`
  const largest = byApplication
    .slice(0, MOST_APPLICATIONS)
    .map((one) => `${shownText(one.application)} ${one.connections}`)
  const whose = largest.length === 0 ? '' : `; most: ${largest.join(', ')}`
  return `${used} of ${max - reserved} in use, ${free} free${whose}`
}
