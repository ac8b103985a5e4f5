import { isIP } from 'node:net'
import { checkServerIdentity, type PeerCertificate } from 'node:tls'
import { clientConfig } from '@hale/pg'
import type pg from 'pg'
import type { WireProxy, WireTarget } from './proxy/wire-proxy.ts'

/**
 * `config` by way of the proxy. With TLS, the certificate is still compared with the name of the server, whose
 * bytes the proxy passes on as they are.
 */
export function throughProxy(
  config: pg.ClientConfig,
  { host, port }: WireProxy,
  target: WireTarget,
): pg.ClientConfig {
  const proxied = clientConfig(config, { host, port })
  if (!proxied.ssl) return proxied
  proxied.ssl = {
    ...(proxied.ssl === true ? {} : proxied.ssl),
    ...(isIP(target.host) === 0 ? { servername: target.host } : {}),
    checkServerIdentity: (_host: string, certificate: PeerCertificate) =>
      checkServerIdentity(target.host, certificate),
  }
  return proxied
}
