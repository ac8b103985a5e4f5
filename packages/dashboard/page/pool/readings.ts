import type { PoolView } from '../../src/state/dashboard-state.ts'
import { h, setAttribute, setText } from '../dom/element.ts'
import { KeyedList } from '../dom/keyed-list.ts'
import type { View } from '../dom/view.ts'
import { duration, integer, significant } from '../words/quantities.ts'

/** A number that explains itself. */
interface Reading {
  readonly name: string
  readonly value: string
  readonly unit: string
  readonly caption: string
  readonly isAlarming?: boolean
}

/** The pool's main numbers, now. */
export function createReadings(): View<PoolView> {
  const element = h('dl', { class: 'readings' })
  const readings = new KeyedList(element, ({ name }: Reading) => name, createReading)
  return { element, update: (pool) => readings.update(readingsOf(pool)) }
}

function readingsOf({ counts, series, totals }: PoolView): readonly Reading[] {
  const statements = series.statementsPerSecond.at(-1) ?? 0
  const failures = series.failuresPerSecond.at(-1) ?? 0
  return [
    {
      name: 'Statements',
      ...amount(statements),
      unit: 'per second',
      caption: failures > 0 ? `${significant(failures)} per second failed` : 'none failed',
    },
    { name: '95 % within', ...time(lastOf(series.p95Ms)) },
    { name: 'Mean', ...time(lastOf(series.meanMs)) },
    {
      name: 'In use',
      value: integer(counts.leased),
      unit: `of ${counts.max}`,
      caption: othersOf(counts),
    },
    {
      name: 'Waiting',
      value: integer(counts.waiting),
      unit: counts.waiting === 1 ? 'caller' : 'callers',
      caption:
        totals.acquireTimeouts === 0
          ? 'none ever waited in vain'
          : `${integer(totals.acquireTimeouts)} waited in vain so far`,
      isAlarming: counts.waiting > 0,
    },
    {
      name: 'Recycled',
      value: integer(sum(Object.values(totals.recycles))),
      unit: 'so far',
      caption: recyclesOf(totals.recycles),
    },
  ]
}

function othersOf({ idle, opening, probing }: PoolView['counts']): string {
  const told = [`${idle} idle`]
  if (probing > 0) told.push(`${probing} being probed`)
  if (opening > 0) told.push(`${opening} opening`)
  return told.join(', ')
}

function createReading(): View<Reading> {
  const name = h('dt')
  const value = h('span', { class: 'reading-value' })
  const unit = h('span', { class: 'reading-unit' })
  const caption = h('dd', { class: 'reading-caption' })
  const element = h('div', { class: 'reading' }, name, h('dd', {}, value, ' ', unit), caption)
  return {
    element,
    update(reading) {
      setText(name, reading.name)
      setText(value, reading.value)
      setText(unit, reading.unit)
      setText(caption, reading.caption)
      setAttribute(element, 'data-alarming', reading.isAlarming ?? false)
    },
  }
}

function amount(value: number): Pick<Reading, 'value'> {
  return { value: significant(value) }
}

function time(ms: number | null): Pick<Reading, 'value' | 'unit' | 'caption'> {
  if (ms === null) return { value: '–', unit: '', caption: 'no statement ran just now' }
  const [value = '', unit = ''] = duration(ms).split('\u00a0')
  return { value, unit, caption: 'of the latest statements' }
}

function lastOf(values: readonly (number | null)[]): number | null {
  return values.at(-1) ?? null
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}

function recyclesOf(recycles: PoolView['totals']['recycles']): string {
  const causes = Object.entries(recycles)
    .filter(([, amount]) => amount > 0)
    .sort(([, a], [, b]) => b - a)
  if (causes.length === 0) return 'no connection yet'
  const told = causes.slice(0, 2).map(([cause, amount]) => `${amount} ${cause}`)
  return causes.length > 2 ? `${told.join(', ')} …` : told.join(', ')
}
