import { AcquireTimeoutError, CommitUnknownError, ConnectionLostError } from '@hale/pg'
import { describe, expect, it } from 'vitest'
import { commandOf } from '../record/record-wire.ts'
import { opOf, tagIn, toOp, toTag } from '../tags.ts'
import { codeOf, fateOfStatement, fateOfTransaction } from '../workload/fate.ts'

const counts = {
  max: 1,
  total: 1,
  opening: 0,
  idle: 0,
  leased: 1,
  probing: 0,
  cleaning: 0,
  closing: 0,
  waiting: 1,
}
const timedOut = new AcquireTimeoutError('busy', 500, { counts, holders: [] })
const lost = new ConnectionLostError(500, 'gone')

function told(severity: string, code: string): Error {
  return Object.assign(new Error('of the server'), { severity, code })
}

describe('fateOfStatement', () => {
  it.each([
    ['never sent', timedOut, 'undone'],
    ['failed on the server', told('ERROR', '23505'), 'undone'],
    ['whose backend was ended', told('FATAL', '57P01'), 'unknown'],
    ['whose connection was lost', lost, 'unknown'],
    ['that pg itself gave up', new Error('Query read timeout'), 'unknown'],
    ['aborted', new DOMException('gone', 'AbortError'), 'unknown'],
  ] as const)('of one %s', (_, error, fate) => {
    expect(fateOfStatement(error)).toBe(fate)
    expect(fateOfStatement(new Error('wrapped', { cause: error }))).toBe(fate)
  })
})

describe('fateOfTransaction', () => {
  it('is unknown for an unanswered COMMIT, and for nothing else', () => {
    const unknown = new CommitUnknownError({ cause: lost })
    expect(codeOf(new Error('wrapped', { cause: unknown }))).toBe('HALE_COMMIT_UNKNOWN')
    expect(fateOfTransaction(unknown)).toBe('unknown')
    expect(fateOfTransaction(lost)).toBe('undone')
  })
})

describe('what is read off the wire', () => {
  it('tells the ends of transactions from savepoints and from the rest', () => {
    const texts = ['BEGIN', 'start transaction', ' commit /* x */', 'ROLLBACK', 'rollback to a', '']
    const commands = ['begin', 'begin', 'commit', 'rollback', 'other', 'other']
    expect(texts.map(commandOf)).toEqual(commands)
  })

  it('finds the tag in a text, and its operation', () => {
    const tag = toTag(toOp(3, 14), 2)
    expect(tagIn(`insert into entry (tag) values ('${tag}')`)).toBe(tag)
    expect(opOf(tag)).toBe('3-14')
    expect(tagIn('select 1')).toBeUndefined()
  })
})
