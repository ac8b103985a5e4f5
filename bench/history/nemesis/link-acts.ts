import type { FaultLink, FaultProxy, LinkFaults } from '@hale/testkit'
import type { Fault, Target } from './fault.ts'

type LinkFault = Extract<
  Fault,
  { kind: 'delay' | 'freeze' | 'throttle' | 'reset' | 'half-close' | 'drop-after' }
>

/** The open links that a target means. */
export function linksAt({ links }: FaultProxy, target: Target): readonly FaultLink[] {
  if (target === 'all') return links
  const link = links[Math.floor(target * links.length)]
  return link === undefined ? [] : [link]
}

/**
 * Breaks links; `later` is told what ends it and when.
 * @throws {Error} when there is no link
 */
export function applyToLink(
  fault: LinkFault,
  proxy: FaultProxy,
  later: (ms: number, undo: () => void) => void,
): void {
  const link: LinkFaults | undefined =
    fault.target === 'all' ? proxy.all : linksAt(proxy, fault.target)[0]
  if (link === undefined) throw new Error('no link')
  switch (fault.kind) {
    case 'delay':
      link.delay(fault.ms, { jitterMs: fault.jitterMs })
      later(fault.forMs, () => link.delay(0))
      break
    case 'freeze':
      link.freeze()
      later(fault.forMs, () => link.thaw())
      break
    case 'throttle':
      link.throttle(fault.bytesPerSecond)
      later(fault.forMs, () => link.throttle(false))
      break
    case 'reset':
      link.reset()
      break
    case 'half-close':
      link.halfClose()
      break
    case 'drop-after':
      link.dropAfter(fault.bytes, fault.direction, fault.action)
      later(fault.forMs, () => link.restore())
      break
    default:
      throw fault satisfies never
  }
}
