import { createServer } from 'node:http'
import express from 'express'
import { Hono } from 'hono'
import type { HealthAwareConnectionManager, HealthAwarePool } from '../../src/index.ts'
import { livenessHandler, readinessHandler } from '../../src/index.ts'

// Checked by the compiler alone: one handler fits every kind of server.
declare const pool: HealthAwarePool
declare const manager: HealthAwareConnectionManager
const ready = readinessHandler(pool)

createServer(ready)
express().get('/ready', ready)
new Hono().get('/ready', ready)
const routeOfNext: (request: Request) => Response | Promise<Response> = ready
routeOfNext satisfies (request: Request, context: { params: Promise<object> }) => unknown

readinessHandler(manager)
readinessHandler({ primary: pool, reports: pool }, { unreadyFrom: 'server-unreachable' })
livenessHandler(pool) satisfies typeof ready
// @ts-expect-error: no pool
readinessHandler('postgres://localhost')
// @ts-expect-error: no reason of a pool's
readinessHandler(pool, { unreadyFrom: 'tired' })
