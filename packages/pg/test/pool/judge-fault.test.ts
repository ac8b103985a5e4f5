import { describe, expect, it } from 'vitest'
import { createWorld, type World, type WorldOptions } from './engine-world.ts'
import type { FakeClient } from './fake-client.ts'
import { clientAt, connectionOf, lease, openIssues, warm } from './world-steps.ts'

/** A lent connection whose statement the server refuses with `code`. */
function meetFault(
  code: string,
  {
    severity = 'ERROR',
    parameters = {},
    areRolesTold = true,
    ...options
  }: WorldOptions & {
    readonly severity?: string
    readonly parameters?: Record<string, string>
    readonly areRolesTold?: boolean
  } = {},
): { world: World; condemnedFor: string | undefined } {
  const world = createWorld(options)
  world.acquire()
  for (const [name, value] of Object.entries(parameters))
    clientAt(world, 0).tell(name, value === 'on')
  const client = clientAt(world, 0)
  client.settleConnect()
  world.engine.roles.areRolesTold = areRolesTold
  client.query('UPDATE t', () => {})
  client.refuse(code, severity)
  return { world, condemnedFor: connectionOf(world, client).condemnedFor }
}

describe('a fault', () => {
  it('of the statement is no reason to part from the connection', () => {
    const { world, condemnedFor } = meetFault('23505')
    expect(condemnedFor).toBeUndefined()
    expect(openIssues(world)).toEqual([])
  })
  it('that ends the session does', () => {
    expect(meetFault('57P01', { severity: 'FATAL' }).condemnedFor).toBe('lost')
  })
  it('that shows the wrong role does', () => {
    const { world, condemnedFor } = meetFault('25006', { parameters: { in_hot_standby: 'on' } })
    expect(condemnedFor).toBe('role')
    expect(openIssues(world)).toEqual(['wrong_role'])
  })
  it('of a transaction that asked to be read-only does not', () => {
    const { world, condemnedFor } = meetFault('25006', {
      parameters: { in_hot_standby: 'off', default_transaction_read_only: 'off' },
    })
    expect(condemnedFor).toBeUndefined()
    expect(openIssues(world)).toEqual([])
  })
  it('of a write on a standby that was wanted is the statement’s own', () => {
    const { world, condemnedFor } = meetFault('25006', {
      targetSessionAttrs: 'standby',
      parameters: { in_hot_standby: 'on', default_transaction_read_only: 'off' },
    })
    expect(condemnedFor).toBeUndefined()
    expect(openIssues(world)).toEqual([])
  })
  it('of a write on a primary that is read-only by default is the statement’s own where a primary is wanted', () => {
    const parameters = { in_hot_standby: 'off', default_transaction_read_only: 'on' }
    const wanted = meetFault('25006', { targetSessionAttrs: 'primary', parameters })
    expect(wanted.condemnedFor).toBeUndefined()
    expect(meetFault('25006', { parameters }).condemnedFor).toBe('role')
  })
  it('of a write shows the wrong role wherever what connections tell is not to be believed', () => {
    const { condemnedFor } = meetFault('25006', {
      parameters: { in_hot_standby: 'off', default_transaction_read_only: 'off' },
      areRolesTold: false,
    })
    expect(condemnedFor).toBe('role')
  })
  it('that shows the wrong role casts doubt on the others', () => {
    const world = createWorld({ max: 2 })
    const [first, second] = warm(world, 2)
    if (first === undefined || second === undefined) throw new Error('there are two')
    const writer = lease(world)
    world.clock.advance(1)
    writer.query('UPDATE t', () => {})
    writer.refuse('25006', 'ERROR')
    const idle = writer === first ? second : first
    expect(connectionOf(world, idle).isDoubted).toBe(true)
  })
  it('that shows a stale plan does', () => {
    const { world, condemnedFor } = meetFault('26000')
    expect(condemnedFor).toBe('plan')
    expect(openIssues(world)).toEqual(['stale_plan'])
  })
  it('of an EXECUTE of the application itself does not', () => {
    const world = createWorld()
    const client = lease(world)
    Object.assign(client.connection, { parsedStatements: {} })
    client.query('EXECUTE nothing', () => {})
    client.refuse('26000', 'ERROR')
    expect(connectionOf(world, client).condemnedFor).toBeUndefined()
    expect(openIssues(world)).toEqual([])
    Object.assign(client.connection, { parsedStatements: { one: 'select 1' } })
    client.query('select 1', () => {})
    client.refuse('26000', 'ERROR')
    expect(connectionOf(world, client).condemnedFor).toBe('plan')
  })
  it('is told and not acted upon where the pool only observes', () => {
    const { world, condemnedFor } = meetFault('25006', { health: { mode: 'observe' } })
    expect(condemnedFor).toBeUndefined()
    expect(openIssues(world)).toEqual(['wrong_role'])
  })
  it('of what a connect listener sent leaves it to the cleaning what becomes of the connection', () => {
    const world = createWorld({
      max: 1,
      onConnect: (client: FakeClient) => client.query('SET role x', () => {}),
    })
    const caller = world.acquire()
    clientAt(world, 0).settleConnect()
    clientAt(world, 0).refuse('42704', 'ERROR')
    expect(caller.client).toBe(clientAt(world, 0))
  })
})
