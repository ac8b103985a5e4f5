import { classifyFault, type FaultKind } from '@hale/core'

/** Why a database could not be checked. Never holds the error's own text, which may name users and hosts. */
export interface DoctorFailure {
  readonly kind: FaultKind
  readonly sqlState: string | undefined
  /** A system error's, as in `ECONNREFUSED`. */
  readonly code: string | undefined
  readonly reason: string
  readonly fix: string
}

type Told = readonly [reason: string, fix: string]

const byKind: Readonly<Partial<Record<FaultKind, Told>>> = {
  authentication_failed: [
    'the server did not let us in',
    'check the user, the password and pg_hba.conf; with TLS, the certificates and sslmode',
  ],
  insufficient_privilege: [
    'the role may not connect to this database',
    'grant connect on the database to the role',
  ],
  unknown_database: ['there is no such database', 'check the name at the end of the URL'],
  connection_refused: [
    'nobody listens there',
    'check the host and the port; see whether the server runs, and listens on that address (listen_addresses)',
  ],
  connection_timeout: [
    'nobody answered in time',
    'most likely a firewall drops the packets, or the host is down; else allow more with --timeout-ms',
  ],
  host_unknown: [
    'the name of the host is not known',
    'check the host in the URL, and the resolver',
  ],
  server_unavailable: [
    'the server takes no connections now',
    'it starts, stops or recovers, or no route leads to it: try again, then look at its log',
  ],
  server_overloaded: [
    'the server has no connection left',
    'end some, or make pools smaller: a superuser still gets in',
  ],
  connection_lost: [
    'the connection was lost before we were done',
    'look at what stands in between, and at the log of the server',
  ],
  protocol_violation: [
    'what answers does not speak as PostgreSQL does',
    'check the port, and whether TLS is expected there',
  ],
}

const otherwise: Told = ['it failed in a way that is not known', 'look at the log of the server']

/** TLS's own codes, of a certificate that is not trusted. */
const certificate = /CERT|SIGNATURE|ISSUER|HOSTNAME/

/** Why opening a session failed, in words of our own. */
export function toFailure(error: unknown): DoctorFailure {
  const { kind, sqlState } = classifyFault(error)
  const { code, message } = error as { readonly code?: unknown; readonly message?: unknown }
  const system = typeof code === 'string' && /^[A-Z][A-Z0-9_]{5,}$/.test(code) ? code : undefined
  const [reason, fix] = toldBy(kind, system, message)
  return { kind, sqlState, code: system, reason, fix }
}

function toldBy(kind: FaultKind, code: string | undefined, message: unknown): Told {
  if (message === 'The server does not support SSL connections') {
    return [
      'the server has no TLS',
      'switch it on there (`ssl = on`), or take sslmode out of the URL',
    ]
  }
  if (code !== undefined && certificate.test(code)) {
    return [
      `the certificate of the server is not trusted (${code})`,
      'name its authority with sslrootcert in the URL; sslmode=no-verify trusts anybody',
    ]
  }
  return byKind[kind] ?? otherwise
}
