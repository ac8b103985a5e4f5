import { durationInWords } from '@hale/core'
import type { Check, Finding } from '../finding.ts'

type Id = 'clients.keepalive' | 'clients.check-interval'

/** A host that vanished is to be noticed within so long. */
const LONG_MS = 600_000

export const lostClientsCheck: Check<Id> = {
  finds: {
    'clients.keepalive': `the server notices a client that vanished after over ${durationInWords(LONG_MS)}`,
    'clients.check-interval': 'a statement goes on though its client is gone',
  },
  examine({ settings, server, pooler }) {
    if (settings === undefined || pooler !== undefined) return [] // these concern the pooler, not your clients
    const found: Finding<Id>[] = []
    const { keepaliveIdleMs = 0, keepaliveIntervalMs = 0, keepaliveCount = 0 } = settings
    const noticedMs = keepaliveIdleMs + keepaliveIntervalMs * keepaliveCount
    if (noticedMs > LONG_MS) {
      const { tcpUserTimeoutMs } = settings
      found.push({
        id: 'clients.keepalive',
        severity: 'info',
        title: `a client that vanishes is noticed after ${durationInWords(noticedMs)}`,
        reason:
          'a host that loses its power or its network says no goodbye: its sessions stay, with their locks and their places',
        fix: 'tcp_keepalives_idle = 60, tcp_keepalives_interval = 10, tcp_keepalives_count = 6, at the server or with `alter role … set`',
        evidence: { keepaliveIdleMs, keepaliveIntervalMs, keepaliveCount, tcpUserTimeoutMs },
      })
    }
    if (settings.clientCheckIntervalMs === 0 && (server?.version ?? 0) >= 140_000) {
      found.push({
        id: 'clients.check-interval',
        severity: 'info',
        title: 'a statement goes on though its client is gone',
        reason:
          'the server looks at the connection when it has something to send, so a killed process leaves its statements running',
        fix: "client_connection_check_interval = '10s', at the server or with `alter role … set`",
        evidence: { clientCheckIntervalMs: 0 },
      })
    }
    return found
  },
}
