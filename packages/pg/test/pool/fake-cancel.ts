import type { PoolableClient } from '../../src/pool/poolable-client.ts'
import { type RunningTime, startDeadline } from '../../src/running-time.ts'
import type { FakeClient } from './fake-client.ts'

/** Stands in for cancel-request.ts: on its way until the test settles it, or its time is up. */
export function requestCancel(
  client: PoolableClient,
  timeoutMs: number,
  time: RunningTime,
  done: (delivered: boolean) => void,
): void {
  const fake = client as FakeClient
  const settle = (delivered: boolean): void => {
    fake.onCancel = undefined
    cancelDeadline()
    done(delivered)
  }
  const cancelDeadline = startDeadline(time, timeoutMs, () => settle(false))
  fake.onCancel = settle
  fake.emit('cancel')
}
