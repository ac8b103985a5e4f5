import { describe, expect, it } from 'vitest'
import { readAction } from '../../src/actions/read-action.ts'

describe('readAction', () => {
  it('reads each verb', () => {
    const actions = [
      { pool: 'main', verb: 'recycle', connectionId: 7 },
      { pool: 'main', verb: 'evict-all' },
      { pool: 'main', verb: 'observe' },
      { pool: 'main', verb: 'enforce' },
    ]
    for (const action of actions) expect(readAction(JSON.stringify(action))).toEqual(action)
  })
  it.each([
    '',
    '{',
    'null',
    '[]',
    '"recycle"',
    '{}',
    '{"pool":"main","verb":"drop"}',
    '{"pool":1,"verb":"observe"}',
    '{"pool":"main","verb":"recycle"}',
    '{"pool":"main","verb":"recycle","connectionId":"7"}',
    '{"pool":"main","verb":"recycle","connectionId":1.5}',
    '{"pool":"main","verb":"observe","connectionId":7}',
    '{"pool":"main","verb":"observe","mode":"enforce"}',
    '{"pool":"main","verb":"observe","__proto__":{}}',
  ])('says what is wrong with %s', (text) => {
    expect(readAction(text)).toBeTypeOf('string')
  })
})
