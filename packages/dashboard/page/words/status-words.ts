import type {
  ConnectionCell,
  IssueView,
  PoolView,
  TimelineEntry,
} from '../../src/state/dashboard-state.ts'

export type Status = ConnectionCell['status']

/** The worst first, as people look for it. */
export const statuses: readonly Status[] = ['unhealthy', 'degraded', 'unknown', 'healthy']

export const statusWords: Readonly<Record<Status, string>> = {
  healthy: 'healthy',
  degraded: 'degraded',
  unhealthy: 'unhealthy',
  unknown: 'not judged yet',
}

export const severityWords: Readonly<Record<IssueView['severity'], string>> = {
  info: 'Info',
  warning: 'Warning',
  critical: 'Critical',
}

/** The look of a severity is that of a status. */
export const severityStatus: Readonly<Record<IssueView['severity'], Status | 'info'>> = {
  info: 'info',
  warning: 'degraded',
  critical: 'unhealthy',
}

export const stateWords: Readonly<Record<ConnectionCell['state'], string>> = {
  opening: 'opening',
  idle: 'idle',
  leased: 'leased',
  probing: 'being probed',
  cleaning: 'being cleaned',
  closing: 'closing',
  closed: 'closed',
}

export const readinessWords: Readonly<Record<PoolView['readiness']['reason'], string>> = {
  ready: 'Ready',
  cold: 'Not ready: no connection is open yet',
  exhausted: 'Not ready: every connection is in use and callers wait',
  'server-unreachable': 'Not ready: the server cannot be reached',
  closed: 'Not ready: the pool is closed',
}

export const actionWords: Readonly<Record<ConnectionCell['recommendedActions'][number], string>> = {
  none: 'Nothing needs to be done.',
  observe: 'Keep an eye on it: a fresh connection would most likely not help.',
  probe: 'Ask it something while it is idle: Hale does so by itself.',
  replace: 'Replace it: a fresh connection would not have this.',
}

export const eventWords: Readonly<Record<TimelineEntry['kind'], string>> = {
  opened: 'Opened',
  'open-failed': 'Not opened',
  condemned: 'Condemned',
  evicted: 'Evicted',
  retired: 'Retired',
  'timed-out': 'Timed out',
  server: 'Server',
  operator: 'Operator',
  pool: 'Pool',
}
