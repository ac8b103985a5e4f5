import { describe, expect, it } from 'vitest'
import { faultOfSqlState } from '../../src/faults/fault-of-sql-state.ts'
import { sessionEnders, sqlStateClasses, sqlStateCodes } from '../../src/faults/sql-states.ts'

/** Classes of PostgreSQL 18's errcodes.txt, and 72 of PostgreSQL 16 and before. */
const classes =
  '00 01 02 03 08 09 0A 0B 0F 0L 0P 0Z 10 20 21 22 23 24 25 26 27 28 2B 2D 2F 34 38 39 3B 3D 3F 40 42 44 53 54 55 57 58 72 F0 HV P0 XX'

describe('the table of SQLSTATEs', () => {
  it('has every class of PostgreSQL 18', () => {
    expect([...sqlStateClasses.keys()].join(' ')).toBe(classes)
  })

  it('lists a code only where it differs from its class', () => {
    const same = [...sqlStateCodes].filter(([code, { kind, scope, retryable }]) => {
      const general = sqlStateClasses.get(code.slice(0, 2))
      return general?.kind === kind && general.scope === scope && general.retryable === retryable
    })
    expect(same).toEqual([])
  })

  it.each(['08', '57P01', '57P02', '57P05', '25P03', '25P04'])(
    'blames the connection for %s',
    (code) => {
      expect(faultOfSqlState(code.padEnd(5, '0'), undefined).scope).toBe('connection')
    },
  )

  it('blames the connection for each code that ends its session', () => {
    for (const code of sessionEnders) {
      expect(faultOfSqlState(code, undefined)).toMatchObject({
        scope: 'connection',
        endsSession: true,
      })
    }
  })

  it.each(['53', '58', 'XX', '57P03'])('blames the server for %s', (code) => {
    expect(faultOfSqlState(code.padEnd(5, '0'), undefined).scope).toBe('server')
  })
})
