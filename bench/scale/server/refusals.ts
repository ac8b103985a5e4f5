/** The kernel's: nobody listens there. */
export function refused(): Error {
  return Object.assign(new Error('connect ECONNREFUSED 10.0.0.1:5432'), {
    code: 'ECONNREFUSED',
    errno: -111,
    syscall: 'connect',
  })
}

/** The server is there, and takes nobody yet. */
export function startingUp(): Error {
  return fatal('57P03', 'the database system is starting up')
}

/** There are as many sessions as it takes. */
export function tooMany(): Error {
  return fatal('53300', 'sorry, too many clients already')
}

function fatal(code: string, message: string): Error {
  return Object.assign(new Error(message), { code, severity: 'FATAL' })
}
