import { describe, expect, it } from 'vitest'
import { normaliseStatement } from '../../src/detection/normalise-statement.ts'

const rows = (count: number): string =>
  Array.from({ length: count }, (_, row) => `(${row}, 'row ${row}', now())`).join(', ')

describe('normaliseStatement', () => {
  it.each([
    ['select 1', 'select ?'],
    ['select 1e5, 1E-5, .5, 5., 1_000', 'select ?, ?, ?, ?, ?'],
    ['where a = 0x1E+1 or b = 0b01', 'where a = ?+? or b = ?'],
    ["select 1e'it\\'s', $1E'it\\'s'", 'select ?, ?'],
    ["select 'it''s'", 'select ?'],
    ["select E'it\\'s', e'\\\\', 'x'", 'select ?, ?, ?'],
    ["select E'a'\n  -- it's\n'it\\'s', 'a' 'b', 'a'\r'b'", 'select ?, ? ?, ?'],
    ["select U&'d!0061' uescape '!', B'01', X'1F', n'x'", 'select ? uescape ?, ?, ?, ?'],
    ['select $$it is$$, $tag$ of $x$ no $tag$', 'select ?, ?'],
    ["select date'2020-01-01', type'e\\'", 'select date?, type?'],
    ['where a = $1 and b = $23', 'where a = ? and b = ?'],
    ['where a=$1and b=1or c=2', 'where a=? b=? c=?'],
  ])('takes the values out of %s', (text, form) => {
    expect(normaliseStatement(text)).toBe(form)
  })

  it.each([
    ['in (1)', 'in (?)'],
    ['in (1, 2,3 , $4)', 'in (?)'],
    ['in (-1, +2, - 3, 4)', 'in (?)'],
    ['in ($1::int, $2::int)', 'in (?::int)'],
    ['in ((1, 2), (3, 4))', 'in ((?))'],
    ['any(array[1, 2, 3])', 'any(array[?])'],
    ['array[[1, 2], [3, 4]]', 'array[[?]]'],
    ['values (1, 2), ($3, $4) returning id', 'values (?) returning id'],
    ["values(1, now()),('b', now())", 'values(?, now())'],
    ["values (null, 'b'), (default, true) as x", 'values (?) as x'],
    ['f(a, a, 1)', 'f(a, a, ?)'],
    ['coalesce(a, null)', 'coalesce(a, ?)'],
    ['a is null or b = (c)', 'a is null or b = (c)'],
  ])('folds the list in %s', (text, form) => {
    expect(normaliseStatement(text)).toBe(form)
  })

  it('reads the same whatever the number of rows, past what it looks at as well', () => {
    const one = normaliseStatement(`insert into t values ${rows(1)} on conflict do nothing`)
    expect(one).toBe('insert into t values (?, now()) on conflict do nothing')
    expect(normaliseStatement(`insert into t values ${rows(60)} on conflict do nothing`)).toBe(one)
    for (let digits = 0; digits < 60; digits++) {
      const text = `insert into t values (${'1'.repeat(digits + 1)}, '', now()), ${rows(400)} on`
      expect(normaliseStatement(text)).toBe('insert into t values (?, now())…')
      const list = `in (${'1'.repeat(digits + 1)}, ${'$1::int , '.repeat(500)}$1::int)`
      expect(normaliseStatement(list)).toMatch(/^in \(\?, \?::int…$/)
    }
  })

  it.each([
    ['select /* a /* nested */ secret */ 1 -- of\n, b', 'select ?, b'],
    ['select a--secret', 'select a'],
    ['select a--secret\rfrom b', 'select a from b'],
    ['a - -b/c', 'a - -b/c'],
    ['SELECT\tA\r\n  FROM\f"B"', 'select a from "B"'],
    ['( a , b )', '(a, b)'],
    ['f(a,b)', 'f(a, b)'],
    ['  select 1;  ', 'select ?;'],
  ])('evens out %j', (text, form) => {
    expect(normaliseStatement(text)).toBe(form)
  })

  it.each([
    ['from t1 where c_2 = d3.e4', 'from t1 where c_2 = d3.e4'],
    ['from "Orders 2024"."a""b"', 'from "Orders 2024"."a""b"'],
    ['from pays_été where ça$1 = 1', 'from pays_été where ça$1 = ?'],
    ["a ? 'k' and b ->> 'x' and c <-> '[1]'", 'a ? ? and b ->> ? and c <-> ?'],
    ['a - 1, a-1, b = -1, b > - 1', 'a - ?, a-?, b = ?, b > ?'],
    ['between -1 and +1 limit -1', 'between ? and ? limit ?'],
    ["data #- '{a}'", 'data #- ?'],
  ])('keeps the names and operators in %s', (text, form) => {
    expect(normaliseStatement(text)).toBe(form)
  })

  it.each([
    ["select 'secret", 'select ?'],
    ["select 'secret''", 'select ?'],
    ["select E'secret\\", 'select ?'],
    ['select $$secret$', 'select ?'],
    ['select $t$secret$T$', 'select ?'],
    ['select "secret', 'select'],
    ['select /* secret', 'select'],
    ['select $', 'select $'],
    ['a) + (b]', 'a) + (b]'],
    ['\0\u0001', ''],
    ['', ''],
  ])('is not led astray by %j', (text, form) => {
    expect(normaliseStatement(text)).toBe(form)
  })

  it.each([
    [', - .5, + +$1, (- -1', ', ?, ?, (?'],
    ['(?(a)b, ?(a), (a)b)', '(?(a)b)'],
    ['(?(a)b, ?(a), ?(a), (a)b)', '(?(a)b)'],
    ['(), )()', '(),)()'],
    ['a, "(a), "(a)', 'a, "(a), "(a)'],
    ['(a?, ?)', '(a?, ?)'],
    [`a, "${'b'.repeat(5_000)}`, 'a, …'],
    [`a "${'b'.repeat(5_000)}`, 'a …'],
  ])('leaves the normal form of %.30j as it is', (text, form) => {
    expect(normaliseStatement(text)).toBe(form)
    expect(normaliseStatement(form)).toBe(form)
  })

  it('looks at 4,096 characters and leaves out a literal that goes on after them', () => {
    const head = `select ${'a, '.repeat(20)}'`
    const text = `${head}${'secret'.repeat(1_000)}' from t`
    expect(normaliseStatement(text)).toBe(`${head.slice(0, -1)}?…`)
    expect(normaliseStatement(`${' '.repeat(4_096)}select`)).toBe('…')
    expect(normaliseStatement(`${' '.repeat(4_095)}select`)).toBe('s…')
  })

  it('gives at most 512 characters, cut within no quoted name and no surrogate pair', () => {
    const long = normaliseStatement(`select ${'column_name, '.repeat(100)}a`)
    expect(long).toHaveLength(512)
    expect(long.endsWith('…')).toBe(true)
    expect(normaliseStatement(`${'a'.repeat(500)} "${'b'.repeat(20)}"`)).toBe(
      `${'a'.repeat(500)} …`,
    )
    expect(normaliseStatement(`${'a'.repeat(510)}😀 b`)).toBe(`${'a'.repeat(510)}…`)
    expect(normaliseStatement('a'.repeat(512))).toBe('a'.repeat(512))
  })

  it('copies lists that are nested too deeply to fold', () => {
    const deep = `${'('.repeat(40)}1, 2${')'.repeat(40)}`
    expect(normaliseStatement(deep)).toBe(`${'('.repeat(40)}?, ?${')'.repeat(40)}`)
  })
})
