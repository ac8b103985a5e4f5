/**
 * What a probe asks. `network`: an empty query, the round trip and the protocol. `backend`: a fixed
 * query of about 2 ms of CPU that touches no table, the backend itself.
 */
export type ProbeKind = 'network' | 'backend'
