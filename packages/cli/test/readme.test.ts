import { readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { checks } from '../src/doctor/checks.ts'
import { exitCodes } from '../src/exit-codes.ts'
import { findingRows } from './doctor/finding-rows.ts'

const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8')

/** The table as it has to be: what the checks may find, and how severe the tests have seen it. */
function findingsTable(): string {
  const rows = checks.flatMap(({ finds }) =>
    Object.entries(finds).map(
      ([id, meaning]) => `| \`${id}\` | ${severitiesOf(id)} | ${meaning} |`,
    ),
  )
  return ['| finding | severity | when |', '| --- | --- | --- |', ...rows].join('\n')
}

function severitiesOf(id: string): string {
  const seen = new Set(findingRows.filter((row) => row[0] === id).map((row) => row[1]))
  return (['info', 'warning', 'critical'] as const).filter((one) => seen.has(one)).join(', ')
}

describe('the README', () => {
  it('lists every finding as the checks have it', () => {
    expect(readme).toContain(findingsTable())
  })
  it('lists every exit code', () => {
    for (const code of Object.values(exitCodes)) expect(readme).toContain(`| ${code} |`)
  })
})
