import { BlockList, isIPv4, isIPv6 } from 'node:net'
import type { Asked } from '../http/asked.ts'

const loopback = new BlockList()
loopback.addSubnet('127.0.0.0', 8)
loopback.addAddress('::1', 'ipv6')
loopback.addSubnet('::ffff:127.0.0.0', 104, 'ipv6')

/** Headers by which a proxy tells that somebody else asks. */
const forwarded = ['forwarded', 'via', 'x-forwarded-for', 'x-forwarded-host', 'x-real-ip']

const howToAllow =
  'To answer others, pass allowRemote: true to createDashboard, with an authorize that knows who may look.'

/**
 * Why a request counts as one from another machine; `undefined` for one from this machine, made to this
 * machine. The name in `Host` is looked at so that no page of another site can have its own name lead here.
 */
export function whyRemote({ remoteAddress, headers }: Asked): string | undefined {
  const why = reason(remoteAddress, headers)
  return why === undefined ? undefined : `This page answers on loopback only: ${why}. ${howToAllow}`
}

function reason(remoteAddress: string | undefined, headers: Headers): string | undefined {
  if (remoteAddress === undefined) {
    return (
      'the address of the client is not known (a Request has none: pass { remoteAddress } as the ' +
      'second argument of fetch)'
    )
  }
  if (!isLoopback(remoteAddress)) return 'the client is on another machine'
  const proxy = forwarded.find((name) => headers.has(name))
  if (proxy !== undefined) return `the request came through a proxy (${proxy})`
  const host = headers.get('host')
  if (host === null || !isLoopbackName(host)) return 'the request names another host than localhost'
  return undefined
}

function isLoopback(address: string): boolean {
  if (isIPv4(address)) return loopback.check(address)
  return isIPv6(address) && loopback.check(address, 'ipv6')
}

/** `host` may have a port. */
function isLoopbackName(host: string): boolean {
  const name = host.toLowerCase().replace(/:\d*$/, '')
  if (name.startsWith('[') && name.endsWith(']')) return isLoopback(name.slice(1, -1))
  return name === 'localhost' || name.endsWith('.localhost') || (isIPv4(name) && isLoopback(name))
}
