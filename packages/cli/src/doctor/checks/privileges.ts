import type { Check, Finding } from '../finding.ts'

type Id = 'privileges.statistics' | 'privileges.superuser'

export const privilegesCheck: Check<Id> = {
  finds: {
    'privileges.statistics': 'the role does not see what sessions of other roles do',
    'privileges.superuser': 'the role is a superuser',
  },
  examine({ server, unseen }) {
    if (server === undefined) return []
    const found: Finding<Id>[] = []
    if (!server.seesAll) {
      found.push({
        id: 'privileges.statistics',
        severity: 'info',
        title: 'the role does not see what sessions of other roles do',
        reason:
          'this check lacks who blocks whom, forgotten transactions and the number of free connections; a pool lacks the same, so it cannot name a stranger that blocks it',
        fix: 'grant pg_monitor to the role (or pg_read_all_stats, which is less)',
        evidence: { unseen: unseen.map(({ fact }) => fact) },
      })
    }
    if (server.isSuperuser) {
      found.push({
        id: 'privileges.superuser',
        severity: 'info',
        title: 'the role is a superuser',
        reason:
          'a fault of the application reaches everything, and it takes the places that are reserved for repairs',
        fix: 'give the application a role of its own, and grant it pg_monitor',
        evidence: { isSuperuser: true },
      })
    }
    return found
  },
}
