import type { CancelOutcome, CancelRequest } from '../../src/pool/cancel-request.ts'
import type { PoolableClient } from '../../src/pool/poolable-client.ts'
import { startDeadline } from '../../src/running-time.ts'
import type { FakeClient } from './fake-client.ts'

/**
 * Stands in for cancel-request.ts: about to be sent until the test says `onReach`, on its way until the
 * test settles it, or its time is up.
 */
export function requestCancel(client: PoolableClient, request: CancelRequest): void {
  const { time, timeoutMs, isWanted, done } = request
  const fake = client as FakeClient
  const settle = (outcome: CancelOutcome): void => {
    fake.onReach = undefined
    fake.onCancel = undefined
    fake.onUnsent = undefined
    cancelDeadline()
    done(outcome)
  }
  const cancelDeadline = startDeadline(time, timeoutMs, () => settle('lost'))
  fake.onReach = () => {
    fake.onReach = undefined
    if (!isWanted()) settle('unneeded')
  }
  fake.onCancel = (delivered) => settle(delivered ? 'delivered' : 'lost')
  fake.onUnsent = () => settle('unsent')
  fake.emit('cancel')
}
