import { describe, expect, it } from 'vitest'
import { OperationRecord } from '../../src/metrics/operation.ts'
import { OperationTotals } from '../../src/metrics/operation-totals.ts'

interface Built {
  readonly kind: string
  readonly id: string
}
const reader = {
  kindOf: (source: object) => (source as Built).kind,
  queryIdOf: (source: object) => (source as Built).id,
}
const select: Built = { kind: 'select', id: 'q1' }

describe('the operation of a connection', () => {
  it('is what was announced before the latest statement', () => {
    const record = new OperationRecord()
    record.readWith(reader)
    record.announce(select)
    expect(record.latest).toBeUndefined()
    record.submitted()
    expect(record.latest).toEqual({ kind: 'select', queryId: 'q1' })
    record.submitted() // by somebody who announces nothing
    expect(record.latest).toBeUndefined()
  })

  it('is forgotten, and so is what was announced for a statement that never came', () => {
    const record = new OperationRecord()
    record.readWith(reader)
    record.announce(select)
    record.submitted()
    record.announce(select)
    record.forget()
    expect(record.latest).toBeUndefined()
    record.submitted()
    expect(record.latest).toBeUndefined()
  })

  it('is unknown where nobody said how to read it', () => {
    const record = new OperationRecord()
    record.announce(select)
    record.submitted()
    expect(record.kind).toBeUndefined()
    expect(record.latest).toBeUndefined()
  })
})

describe('totals by kind', () => {
  it('count runs, failures and time', () => {
    const totals = new OperationTotals()
    totals.record('select', 2, false)
    totals.record('select', 3, true)
    totals.record('insert', 1, false)
    expect(totals.snapshot()).toEqual({
      select: { runsTotal: 2, failuresTotal: 1, runMsTotal: 5 },
      insert: { runsTotal: 1, failuresTotal: 0, runMsTotal: 1 },
    })
  })

  it('tell 64 kinds apart, and count the rest as other', () => {
    const totals = new OperationTotals()
    for (let kind = 0; kind < 1_000; kind++) totals.record(`kind ${kind}`, 1, false)
    const snapshot = totals.snapshot()
    expect(Object.keys(snapshot)).toHaveLength(65)
    expect(snapshot['other']?.runsTotal).toBe(936)
  })
})
