/** What the simulated server can do, and what things cost it. */
export interface ServerModel {
  /** Cores that backends share. */
  readonly cores: number
  /** What the postmaster takes, alone, for each connection that it accepts, ms: it forks one after the other. */
  readonly forkMs: number
  /** CPU of a backend from its fork until it is ready for queries, ms. */
  readonly loginCpuMs: number
  /** CPU of a backend that only says why it takes nobody, ms. */
  readonly refusalCpuMs: number
  /** CPU of one statement of the application, ms; of an empty one, ms. */
  readonly statementCpuMs: number
  readonly probeCpuMs: number
  /** Time that a statement waits for anything else than CPU: median, ms, of a lognormal distribution. */
  readonly statementWaitMs: number
  readonly statementSpread: number
  /** Sessions that it takes for each instance of the application. */
  readonly connectionsPerInstance: number
  /** Connections that wait to be accepted; more are not answered, and try again by TCP's own timer. */
  readonly backlog: number
  /** One way through the network, ms. */
  readonly hopMs: number
  /** Round trips from the TCP handshake until it is ready for queries. */
  readonly loginRoundTrips: number
}

/** Each value with its reason. */
export const serverModel: ServerModel = Object.freeze({
  cores: 8, // an ordinary machine for a database
  forkMs: 0.5, // a fork with some GB of shared memory mapped takes a few tenths of a ms to 1 ms
  loginCpuMs: 4.5, // as measured on PostgreSQL 18 with SCRAM; the bench measures it anew and prints it
  refusalCpuMs: 1, // fork, read the startup packet, answer, exit
  statementCpuMs: 0.4, // 500 instances with 10 statements per second each keep two cores busy
  probeCpuMs: 0.05, // an empty query
  statementWaitMs: 2,
  statementSpread: 0.6, // one statement in a hundred takes four times the median
  connectionsPerInstance: 6, // less than the pools may open together, as in many a fleet; ample in peace
  backlog: 4_096, // net.core.somaxconn since Linux 5.4, which caps what PostgreSQL asks for
  hopMs: 0.25, // within one region
  loginRoundTrips: 4, // TCP, startup, two for SCRAM
})
