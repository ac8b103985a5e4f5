import { styleText } from 'node:util'
import type { IssueSeverity } from '@hale/core'
import type { OutputPort } from '../cli-ports.ts'

/** How text is set off on an output. Colour never says anything that a word or a sign does not say too. */
export interface Style {
  /** Of the output, at least 40. */
  readonly columns: number
  bold(text: string): string
  dim(text: string): string
  severity(severity: IssueSeverity | 'ok', text: string): string
}

/** Where the output does not say, and where nobody reads lines that are longer. */
const USUAL_COLUMNS = 100
const LEAST_COLUMNS = 40

const colours = { ok: 'green', info: 'cyan', warning: 'yellow', critical: 'red' } as const

/** Plain for files and pipes, for `NO_COLOR`, and for terminals that know no colours. */
export function styleFor(
  output: Pick<OutputPort, 'isTTY' | 'columns'>,
  env: Readonly<Record<string, string | undefined>>,
): Style {
  const isPlain = !output.isTTY || Boolean(env['NO_COLOR']) || env['TERM'] === 'dumb'
  const columns = Math.max(LEAST_COLUMNS, output.columns ?? USUAL_COLUMNS)
  return isPlain ? plainStyle(columns) : colouredStyle(columns)
}

/** Changes nothing. */
export function plainStyle(columns: number): Style {
  const same = (text: string): string => text
  return { columns, bold: same, dim: same, severity: (_severity, text) => text }
}

function colouredStyle(columns: number): Style {
  const set = (format: Parameters<typeof styleText>[0], text: string): string =>
    styleText(format, text, { validateStream: false })
  return {
    columns,
    bold: (text) => set('bold', text),
    dim: (text) => set('dim', text),
    severity: (severity, text) => set(colours[severity], text),
  }
}
