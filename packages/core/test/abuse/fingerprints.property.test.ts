import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FingerprintTable, fingerprintSlots } from '../../src/detection/fingerprint-table.ts'
import {
  type BackslashReading,
  normaliseStatement,
} from '../../src/detection/normalise-statement.ts'
import { printable } from '../../src/detection/printable.ts'

/** Stands in every literal and comment below, and nowhere else. */
const secret = 'ßecretß'

const noise = fc
  .array(
    fc.constantFrom(
      ...['"', '--', '/*', '*/', '(', ')', ',', ';', '$', '$1', '\n', '\r', '\t', '\0', '\u001b'],
      ...['select', '1', '0x', 'E', 'U&', ' ', '\u2028', '\ud83d', '😀', '\\\\', "''", '$x$'],
    ),
    { maxLength: 6 },
  )
  .map((parts) => parts.join(''))
const content = fc.tuple(noise, noise).map(([before, after]) => `${before}${secret}${after}`)

function dollars(tag: string): (text: string) => string {
  return (text) => `$${tag}$${text.replaceAll('$', ' ')}$${tag}$`
}

/** Literals that close for both readings of a backslash. */
const literals: readonly ((text: string) => string)[] = [
  (text) => `'${text}'`,
  (text) => `N'${text}'`,
  (text) => `b'${text}'`,
  (text) => `X'${text}'`,
  (text) => `U&'${text}' uescape '!'`,
  (text) => `'a'\n  '${text}'`,
  (text) => `E'it\\'s ${text}'`,
  (text) => `e'\\\\${text}\\''`,
  dollars(''),
  dollars('tag'),
  dollars('é_9'),
  (text) => `/* ${comment(text)} /* nested ${comment(text)} */ */`,
  (text) => `-- ${text.replaceAll(/[\r\n]/g, ' ')}\n`,
]
function comment(text: string): string {
  return text.replaceAll('/*', ' ').replaceAll('*/', ' ')
}
/** Literals that go on behind a quote where `standard_conforming_strings` is off. */
const escaped: readonly ((text: string) => string)[] = [
  (text) => `'it\\'s ${text}'`,
  (text) => `'\\' ${text}'`,
  (text) => `'\\\\\\' ${text}' || '\\'${text}'`,
  (text) => `N'\\'${text}\\''`,
]
const words = fc.constantFrom(
  ...['select ', 'a.b', ' from t where x = ', '(', ')', '[', ']', ', ', ' or ', '::int', ' "q" '],
  ...[' - ', '+', ' ->> ', ' ? ', ';', ' 17', ' 1e9', ' 0xFF', ' .5', ' $3', ' in (1, 2)', '\n'],
)

function statements(of: readonly ((text: string) => string)[]): fc.Arbitrary<string> {
  const literal = fc.tuple(content, fc.constantFrom(...of)).map(([text, quote]) => quote(text))
  // a word on either side, as E and U& before a quote would make another literal of it
  const piece = fc
    .tuple(words, literal, words)
    .map(([before, text, after]) => `${before} ${text} ${after}`)
  const padding = fc.constantFrom('', ' '.repeat(3_980), 'x, '.repeat(1_350), '('.repeat(40))
  return fc
    .tuple(padding, fc.array(piece, { minLength: 1, maxLength: 6 }))
    .map(([before, pieces]) => before + pieces.join(''))
}

function expectNoSecret(text: string, reading: BackslashReading): void {
  const form = normaliseStatement(text, reading)
  expect(form).not.toContain('ß')
  expect(form.length).toBeLessThanOrEqual(512)
  expect(printable(form)).toBe(form)
  expect(normaliseStatement(form, reading)).toBe(form)
}

/** A text that counts how often a character of it is looked at. */
function counting(text: string): { readonly text: string; readonly reads: () => number } {
  let reads = 0
  const counted = {
    length: text.length,
    charCodeAt: (at: number) => {
      reads += 1
      return text.charCodeAt(at)
    },
  }
  return { text: counted as unknown as string, reads: () => reads }
}

describe('normaliseStatement', () => {
  it('keeps nothing of a literal or comment, wherever the statement is cut off', () => {
    const cut = fc.double({ min: 0, max: 1, noNaN: true })
    fc.assert(
      fc.property(statements(literals), cut, (text, share) => {
        const at = Math.floor(text.length * share)
        for (const part of [text, text.slice(0, at), text.slice(0, 1_024)]) {
          expectNoSecret(part, 'standard')
          expectNoSecret(part, 'either')
        }
      }),
      { numRuns: 1_000 },
    )
  })

  it('keeps nothing of a literal with escaped quotes where a backslash may be one', () => {
    const cut = fc.double({ min: 0, max: 1, noNaN: true })
    fc.assert(
      fc.property(statements([...literals, ...escaped]), cut, (text, share) => {
        expectNoSecret(text, 'either')
        expectNoSecret(text.slice(0, Math.floor(text.length * share)), 'either')
      }),
      { numRuns: 1_000 },
    )
  })

  it.each([
    "'",
    "E'",
    "U&'",
    "x'",
    '$$',
    '$tag$',
    '"',
    'U&"',
    '/*',
    '/* /* */',
    '--',
    "'a'\n'",
    "E'\\'",
  ])('keeps nothing of what %s begins and nothing ends', (opening) => {
    for (const reading of ['standard', 'either'] as const) {
      for (const tail of ['', '\\', "''", '$tag', '*', '\ud83d']) {
        expectNoSecret(`select a, ${opening}${secret} (1, ${tail}`, reading)
      }
    }
  })

  it('reads on behind a backslash where both readings agree', () => {
    const text = "select 'C:\\dir', 'x\\\\', E'\\'' from t"
    expect(normaliseStatement(text, 'either')).toBe('select ?, ?, ? from t')
    expect(normaliseStatement("select a like ? escape '\\' from t", 'either')).toBe(
      'select a like ? escape ?…',
    )
    expect(normaliseStatement("select a like ? escape '\\' from t")).toBe(
      'select a like ? escape ? from t',
    )
  })

  it('holds nothing that would break a line or move a cursor', () => {
    const hostile =
      'select "a\u001b[2J\r\nFATAL: forged" , \u0085x\u009b2J, \u202ey, z\u007f from t'
    expect(normaliseStatement(hostile)).toBe(
      'select "a\ufffd[2J\ufffd\ufffdFATAL: forged", \ufffdx\ufffd2j, \ufffdy, z from t',
    )
  })

  it.each([
    ["'", "'a' "],
    ["'\\", "'\\' "],
    ['backslashes', "'\\\\\\\\' "],
    ['comments', '/*/**/'],
    ['dollars', '$a$b'],
    ['lone dollars', '$'],
    ['digits', '1.e+'],
    ['rows', '(1,(2,(3)),'],
    ['quotes', '"a""'],
    ['parts', "'a'\n"],
    ['spaces', "'a'   "],
    ['dashes', '-- \n'],
  ])(
    'looks at no character of %s more than a few times, and at none beyond 4,096',
    (_what, piece) => {
      for (const reading of ['standard', 'either'] as const) {
        const readsOf = (length: number): number => {
          const { text, reads } = counting(piece.repeat(Math.ceil(length / piece.length)))
          normaliseStatement(text, reading)
          return reads()
        }
        expect(readsOf(2_048)).toBeLessThanOrEqual(2_048 * 8)
        expect(readsOf(4_096)).toBeLessThanOrEqual(readsOf(2_048) * 2.5)
        expect(readsOf(10_000_000)).toBeLessThanOrEqual(readsOf(4_200) + 16)
      }
    },
  )
})

describe('FingerprintTable', () => {
  it('holds 1,024 of a million distinct statements and names, and 512 KiB of labels', () => {
    let evictions = 0
    const onEvict = (): void => {
      evictions += 1
    }
    const table = new FingerprintTable({ onEvict })
    const handles: number[] = []
    for (let index = 0; index < 1_000_000; index++) {
      const isNamed = index % 2 === 0
      const handle = table.of(`select c${index} from t`, isNamed ? `s${index}` : undefined)
      if (index >= 1_000_000 - 2_000) handles.push(handle)
    }
    expect(table.size).toBe(fingerprintSlots)
    expect(evictions).toBe(1_000_000 - fingerprintSlots)
    expect(handles.filter((handle) => table.isCurrent(handle))).toHaveLength(fingerprintSlots)
  })

  it('bounds its labels also where each is as long as it may be and wide', () => {
    const table = new FingerprintTable()
    const handles: number[] = []
    for (let index = 0; index < 1_500; index++) {
      handles.push(table.of(`t${index} ${'é\u4e00'.repeat(400)}`))
      if (index % 3 === 0) handles.push(table.of('', `${index}${'n'.repeat(10_000)}`))
    }
    const labels = handles.flatMap((handle) => table.label(handle) ?? [])
    const bytesOf = (label: string): number => label.length * (label.includes('\u4e00') ? 2 : 1)
    const bytes = labels.reduce((sum, label) => sum + bytesOf(label), 0)
    expect(labels).toHaveLength(table.size)
    expect(bytes).toBeGreaterThan(400_000)
    expect(bytes).toBeLessThanOrEqual(524_288)
  })

  it('keeps nothing of an escaped quote once a connection has told that backslashes escape', () => {
    const table = new FingerprintTable()
    const text = `select 'it\\'s ${secret}' from t`
    expect(table.label(table.of(text))).toContain(secret) // a syntax error, were it sent
    table.doubtBackslashes()
    expect(table.label(table.of(text))).toBe('select ?…')
    table.doubtBackslashes()
    expect(table.label(table.of(text))).toBe('select ?…')
  })
})
