export type * from './state/dashboard-state.ts'
