/// <reference lib="esnext.disposable" preserve="true" />
/** What goes on until it is stopped. Stopping once more does nothing. */
export interface Stoppable extends Disposable {
  stop(): void
}
