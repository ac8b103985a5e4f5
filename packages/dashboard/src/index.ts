export type {
  Authorize,
  AuthorizeRequest,
  DashboardAccess,
  DashboardRole,
} from './access/authorization.ts'
export { createDashboard, type Dashboard } from './create-dashboard.ts'
export { type DashboardOptions, dashboardDefaults } from './dashboard-options.ts'
export type { DashboardPools } from './dashboard-pool.ts'
export type { FetchHandler, FetchInfo } from './http/fetch-handler.ts'
export type { NodeHandler } from './http/node-handler.ts'
export type * from './state/dashboard-state.ts'
export { applyDelta, type LiveState, toLiveState } from './state/live-state.ts'
