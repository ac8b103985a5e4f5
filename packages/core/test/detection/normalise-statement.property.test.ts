import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { normaliseStatement } from '../../src/detection/normalise-statement.ts'

/** Text in which everything that means something to the reader is likely. */
const pieces = fc.constantFrom(
  ...[
    'select',
    'values',
    'null',
    'DEFAULT',
    'e',
    'b',
    'u&',
    'a',
    '(a)',
    '(?)',
    '?',
    'é',
    '😀',
    '\u2028',
  ],
  ...[
    "'",
    "''",
    '"',
    '$',
    '$$',
    '$t$',
    '$1',
    '1',
    '.5',
    '1e',
    '0x',
    '_',
    '.',
    ',',
    ', ',
    ' ',
    '\n',
    '\0',
  ],
  ...[
    '(',
    ')',
    '[',
    ']',
    '-',
    '--',
    '+',
    '/',
    '/*',
    '*/',
    '*',
    '=',
    '<',
    '::',
    ';',
    '\\',
    "\\'",
    '…',
  ],
  ...[
    '(?), (?)',
    '?, ?',
    ', (a)',
    '?(a)',
    'x'.repeat(120),
    '"y", '.repeat(40),
    '(1, 2), '.repeat(700),
  ],
)
const hostile = fc.array(pieces, { maxLength: 60 }).map((parts) => parts.join(''))
const anything = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 600 }),
  fc.string({ unit: fc.nat(0xffff).map((code) => String.fromCharCode(code)), maxLength: 600 }),
  hostile,
)

/** A word that no part of the statements below contains. */
const secrets = fc
  .array(fc.constantFrom(...'ghjkqwz0123456789'), { minLength: 6, maxLength: 20 })
  .map((letters) => `ß${letters.join('')}ß`)
const contents = fc
  .tuple(
    secrets,
    fc.array(fc.constantFrom(' ', '"', '--', '/*', '(', ',', '$1', '\n', 'select', 'é')),
  )
  .map(([secret, around]) => ({ secret, content: [...around, secret, ...around].join('') }))
const quotings: readonly ((content: string) => string)[] = [
  (content) => `'${content}'`,
  (content) => `'it''s ${content}''s'`,
  (content) => `E'it\\'s ${content}\\\\'`,
  (content) => `e'\\'''${content}'`,
  (content) => `U&'\\0041${content}'`,
  (content) => `E'it' -- isn't\n\t 'it\\'s ${content}'`,
  (content) => `'it'\n'is ${content}'`,
  (content) => `N'${content}'`,
  (content) => `x'${content}'`,
  (content) => `B'${content}'`,
  (content) => `$$it's ${content.replaceAll('$', '')}$$`,
  (content) => `$tag$ $$ ${content} $t$ $tag$`,
  (content) => `$é_1$${content.replaceAll('$', '')}$é_1$`,
]
/** Statements with a hole for each value, as a generator of SQL would write them. */
const templates = fc.constantFrom(
  ...['select @', 'SELECT * FROM t1 WHERE a = @ AND b > @ LIMIT @', 'where id in (@, @, @) or c=@'],
  'insert into "T" (a, "b c") values (@, now(), @), (@,now(),@) on conflict do nothing',
  'update t set a = @, b = (@ + a)::int /* traced */ where c->>@ = any(array[@, @])',
  'select f(@, x), "é", g(@)[@] from (values (@, @), (@, @)) as v(a, b) -- done\nwhere a2<>@',
)
const values = fc.oneof(
  fc.constantFrom(
    '1',
    '-17',
    '1.5e-7',
    '.25',
    '0x1F',
    '1_000',
    '$1',
    '$22',
    "''",
    "E'\\\\'",
    '$$ $$',
  ),
  fc.tuple(contents, fc.constantFrom(...quotings)).map(([{ content }, quote]) => quote(content)),
)

function fill(template: string, next: () => string): string {
  return template.replaceAll('@', () => next())
}

describe('normaliseStatement', () => {
  it('is total, bounded and leaves a normal form as it is', () => {
    fc.assert(
      fc.property(anything, (text) => {
        const form = normaliseStatement(text)
        expect(form.length).toBeLessThanOrEqual(512)
        expect(normaliseStatement(form)).toBe(form)
      }),
      { numRuns: 3_000 },
    )
  })

  it('holds nothing of a literal, however it is quoted and wherever the reading ends', () => {
    const paddings = fc.oneof(fc.constant(0), fc.integer({ min: 3_900, max: 4_100 }))
    const before = fc.constantFrom(
      'select ',
      'select a, ',
      '(',
      'a=',
      'b ',
      '1 ',
      '"c"',
      ',',
      '*/ ',
      '$1 ',
    )
    fc.assert(
      fc.property(
        contents,
        fc.constantFrom(...quotings),
        before,
        paddings,
        fc.boolean(),
        ({ secret, content }, quote, head, padding, isWhole) => {
          const literal = quote(content)
          const text = `${' '.repeat(padding)}${head}${isWhole ? `${literal} from t` : literal.slice(0, -1)}`
          expect(normaliseStatement(text)).not.toContain(secret)
          expect(normaliseStatement(text)).not.toContain('ß')
        },
      ),
      { numRuns: 2_000 },
    )
  })

  it('holds no digit but those of names', () => {
    fc.assert(
      fc.property(templates, fc.infiniteStream(values), (template, stream) => {
        const form = normaliseStatement(fill(template, () => stream.next().value))
        expect(form.replaceAll(/[a-z_é]\w*|"[^"]*"/g, '')).not.toMatch(/\d/)
      }),
    )
  })

  it('reads the same whatever the values are', () => {
    fc.assert(
      fc.property(templates, fc.infiniteStream(values), (template, stream) => {
        const text = fill(template, () => stream.next().value)
        expect(normaliseStatement(text)).toBe(normaliseStatement(fill(template, () => '?')))
      }),
      { numRuns: 500 },
    )
  })

  it('reads the same whatever the number of rows and of values in a list', () => {
    const counts = fc.integer({ min: 1, max: 300 })
    fc.assert(
      fc.property(counts, counts, fc.infiniteStream(values), (rows, columns, stream) => {
        const next = (): string => stream.next().value
        const row = (): string =>
          `(${Array.from({ length: Math.min(columns, 9) }, next).join(', ')})`
        const list = Array.from({ length: Math.min(rows, 9) }, row).join(',')
        expect(normaliseStatement(`insert into t values ${list}`).replace('…', '')).toBe(
          'insert into t values (?)',
        )
      }),
    )
  })
})
