import type { Fault, FaultKind, FaultScope } from './fault.ts'

/** A fault of a socket: Node destroys a socket that fails, so there is no session, or no more. */
function ofSocket(kind: FaultKind, scope: FaultScope, retryable: boolean): Fault {
  return Object.freeze({ kind, scope, retryable, endsSession: true })
}

/** A fault that need not have met any connection. */
function elsewhere(kind: FaultKind, retryable: boolean, scope: FaultScope = 'unknown'): Fault {
  return Object.freeze({ kind, scope, retryable, endsSession: false })
}

const lost = ofSocket('connection_lost', 'connection', true)
const refused = ofSocket('connection_refused', 'server', true)
const unreachable = ofSocket('server_unavailable', 'server', true)
const openTimedOut = ofSocket('connection_timeout', 'server', true)
const hostUnknown = ofSocket('host_unknown', 'unknown', false)
const resolverBusy = ofSocket('host_unknown', 'server', true)
const ownPermission = ofSocket('connection_refused', 'unknown', false)
const untrusted = ofSocket('authentication_failed', 'unknown', false)
const garbled = ofSocket('protocol_violation', 'connection', true)
const ownLimit = elsewhere('other', true)
const misuse = elsewhere('application_error', false)
const aborted = elsewhere('query_cancelled', false)

/** `error.code` of sockets, of the resolver, of TLS and of Hale itself. */
const byCode: ReadonlyMap<string, Fault> = new Map([
  ['ECONNREFUSED', refused],
  ['ECONNRESET', lost],
  ['ECONNABORTED', lost],
  ['EPIPE', lost],
  ['ENOTCONN', lost],
  ['ESHUTDOWN', lost],
  ['ETIMEDOUT', lost], // an established socket; see `byConnectCode` for one that never was
  ['EBADF', lost],
  ['ENETRESET', lost],
  ['ERR_STREAM_DESTROYED', lost],
  ['ERR_STREAM_PREMATURE_CLOSE', lost],
  ['ERR_STREAM_WRITE_AFTER_END', lost],
  ['ERR_SOCKET_CLOSED', lost],
  ['ERR_SOCKET_CLOSED_BEFORE_CONNECTION', lost],
  ['ERR_SOCKET_CONNECTION_TIMEOUT', openTimedOut], // Node's happy eyeballs
  ['EHOSTUNREACH', unreachable],
  ['EHOSTDOWN', unreachable],
  ['ENETUNREACH', unreachable],
  ['ENETDOWN', unreachable],
  ['ENOTFOUND', hostUnknown],
  ['EAI_NONAME', hostUnknown],
  ['EAI_NODATA', hostUnknown],
  ['EAI_FAIL', hostUnknown],
  ['EAI_AGAIN', resolverBusy],
  ['ESERVFAIL', resolverBusy],
  ['ETIMEOUT', resolverBusy], // c-ares
  ['EREFUSED', resolverBusy],
  ['EADDRNOTAVAIL', ownLimit], // no local port left
  ['EADDRINUSE', ownLimit],
  ['EMFILE', ownLimit], // no file descriptor left
  ['ENFILE', ownLimit],
  ['ENOBUFS', ownLimit],
  ['ENOMEM', ownLimit],
  ['EPROTO', garbled],
  ['CERT_CHAIN_TOO_LONG', untrusted],
  ['CERT_HAS_EXPIRED', untrusted],
  ['CERT_NOT_YET_VALID', untrusted],
  ['CERT_REJECTED', untrusted],
  ['CERT_REVOKED', untrusted],
  ['CERT_SIGNATURE_FAILURE', untrusted],
  ['CERT_UNTRUSTED', untrusted],
  ['CRL_HAS_EXPIRED', untrusted],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', untrusted],
  ['HOSTNAME_MISMATCH', untrusted],
  ['INVALID_CA', untrusted],
  ['INVALID_PURPOSE', untrusted],
  ['SELF_SIGNED_CERT_IN_CHAIN', untrusted],
  ['UNABLE_TO_GET_CRL', untrusted],
  ['UNABLE_TO_GET_ISSUER_CERT', untrusted],
  ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', untrusted],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', untrusted],
  ['ERR_TLS_CERT_ALTNAME_FORMAT', untrusted],
  ['ERR_TLS_CERT_ALTNAME_INVALID', untrusted],
  ['ERR_TLS_CERT_SIGNATURE_ALGORITHM_UNSUPPORTED', untrusted],
  ['ERR_TLS_HANDSHAKE_TIMEOUT', openTimedOut],
  ['ERR_SSL_WRONG_VERSION_NUMBER', untrusted],
  ['ERR_SSL_UNSUPPORTED_PROTOCOL', untrusted],
  ['ERR_SSL_NO_SHARED_CIPHER', untrusted],
  ['ABORT_ERR', aborted],
  ['HALE_CONNECTION_LOST', lost],
  ['HALE_COMMIT_UNKNOWN', elsewhere('commit_unknown', false)], // whatever caused it
  ['HALE_TRANSACTION_ABORTED', elsewhere('transaction_state', false, 'statement')],
  ['HALE_SERVER_UNAVAILABLE', elsewhere('server_unavailable', true, 'server')],
  ['HALE_ACQUIRE_TIMEOUT', elsewhere('connection_timeout', true)],
  ['HALE_POOL_CLOSED', misuse],
  ['HALE_OPTIONS', misuse],
  ['HALE_UNSUPPORTED', misuse],
])

/** Codes that mean something else while connecting (`error.syscall` is `connect`). */
const byConnectCode: ReadonlyMap<string, Fault> = new Map([
  ['ETIMEDOUT', openTimedOut],
  ['ENOENT', refused], // no such Unix socket: the server is not running
  ['EACCES', ownPermission], // a Unix socket, or a local firewall
  ['EPERM', ownPermission],
])

/**
 * The fault of `error.code`, or `undefined` for a code that is not the system's, TLS's or Hale's.
 */
export function faultOfSystemError(code: string, syscall: string | undefined): Fault | undefined {
  const connecting = syscall === 'connect' ? byConnectCode.get(code) : undefined
  return connecting ?? byCode.get(code) ?? (code.startsWith('ERR_SSL_') ? garbled : undefined)
}
