import http from 'node:http'
import type { HealthAwareConnectionManager, HealthAwarePool } from '@hale/pg'
import express from 'express'
import { expectTypeOf } from 'vitest'
import { createDashboard, type Dashboard } from '../src/index.ts'

declare const pool: HealthAwarePool
declare const manager: HealthAwareConnectionManager

// pools: one, several by name, or a manager
const dashboard = createDashboard(pool, { authorize: () => true })
expectTypeOf(dashboard).toEqualTypeOf<Dashboard>()
createDashboard(
  { main: pool },
  { authorize: async ({ headers }) => headers.has('authorization') && 'view' },
)
createDashboard(manager, { authorize: () => ({ access: 'operate', who: 'Ann' }) })
// @ts-expect-error a connection string is no pool
createDashboard('postgres://', { authorize: () => true })

// authorize: required, and one of the answers that there are
// @ts-expect-error who may look has to be said
createDashboard(pool, {})
// @ts-expect-error no such role
createDashboard(pool, { authorize: () => 'admin' })
createDashboard(pool, {
  authorize({ headers, action, remoteAddress }) {
    expectTypeOf(headers).toEqualTypeOf<Headers>()
    expectTypeOf(remoteAddress).toEqualTypeOf<string | undefined>()
    expectTypeOf(action?.verb).toEqualTypeOf<
      'recycle' | 'evict-all' | 'observe' | 'enforce' | undefined
    >()
    return new Response('', { status: 401 })
  },
})

// mounting
http.createServer(dashboard.handler)
express().use('/hale', dashboard.handler)
expectTypeOf(dashboard.fetch(new Request('http://x'))).toEqualTypeOf<Promise<Response>>()
void (() => {
  using scoped = dashboard
  scoped.close()
})
