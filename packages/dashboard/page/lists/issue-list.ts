import type { IssueView } from '../../src/state/dashboard-state.ts'
import { h, setAttribute, setText } from '../dom/element.ts'
import { createGlyph } from '../dom/glyph.ts'
import { KeyedList } from '../dom/keyed-list.ts'
import type { View } from '../dom/view.ts'
import { evidenceRows } from '../words/evidence-rows.ts'
import { ago, clockTime, lasting } from '../words/instants.ts'
import { issueTitle } from '../words/issue-words.ts'
import { age, count } from '../words/quantities.ts'
import { severityStatus, severityWords } from '../words/status-words.ts'

/** Issues at an instant. */
export interface IssuesValue {
  readonly at: number
  readonly issues: readonly IssueView[]
}

type DatedIssue = { readonly at: number; readonly issue: IssueView }

/** What is wrong now with its evidence, and below it what no longer is. */
export function createIssueList(onOpen: (connectionId: number) => void): View<IssuesValue> {
  const title = h('h2', { id: 'issues-title' }, 'Issues')
  const openList = h('ul', { class: 'issues' })
  const empty = h(
    'p',
    { class: 'empty' },
    'No issues. Everything that Hale looks at is within its limits.',
  )
  const clearedList = h('ul', { class: 'issues' })
  const summary = h('summary')
  const cleared = h('details', { class: 'cleared' }, summary, clearedList)
  const create = (): View<DatedIssue> => createIssue(onOpen)
  const keyOf = ({ issue }: DatedIssue): number => issue.id
  const open = new KeyedList(openList, keyOf, create)
  const past = new KeyedList(clearedList, keyOf, create)
  return {
    element: h(
      'section',
      { class: 'card', 'aria-labelledby': 'issues-title' },
      title,
      openList,
      empty,
      cleared,
    ),
    update({ at, issues }) {
      const dated = issues.map((issue) => ({ at, issue }))
      const now = dated.filter(({ issue }) => issue.clearedAt === null)
      const gone = dated.filter(({ issue }) => issue.clearedAt !== null)
      open.update(now)
      past.update(gone)
      setAttribute(openList, 'hidden', now.length === 0)
      setAttribute(empty, 'hidden', now.length > 0)
      setAttribute(cleared, 'hidden', gone.length === 0)
      setText(summary, `${count(gone.length, 'issue')} in the past`)
    },
  }
}

function createIssue(onOpen: (connectionId: number) => void): View<DatedIssue> {
  const glyph = createGlyph()
  const severity = h('span', { class: 'severity' })
  const title = h('h3')
  const since = h('span', { class: 'since' })
  const subject = h('button', { type: 'button', class: 'link' })
  const where = h('span', { class: 'where' })
  const explanation = h('p')
  const evidence = createEvidence()
  let connectionId: number | null = null
  subject.addEventListener('click', () => {
    if (connectionId !== null) onOpen(connectionId)
  })
  const element = h(
    'li',
    { class: 'issue' },
    h('div', { class: 'issue-head' }, glyph.element, title, since),
    h('p', { class: 'issue-about' }, severity, ' · ', subject, where),
    explanation,
    evidence.element,
  )
  return {
    element,
    update({ at, issue }) {
      connectionId = issue.connectionId
      glyph.update(severityStatus[issue.severity])
      setText(severity, severityWords[issue.severity])
      setAttribute(severity, 'data-status', severityStatus[issue.severity])
      setText(title, issueTitle(issue.type))
      setText(since, sinceOf(issue, at))
      setAttribute(since, 'title', `since ${clockTime(issue.detectedAt)}`)
      setAttribute(subject, 'hidden', connectionId === null)
      setText(subject, `Connection ${connectionId}`)
      setText(where, connectionId === null ? `the ${issue.scope}` : '')
      setText(explanation, sentence(issue.explanation))
      evidence.update(issue.evidence)
    },
  }
}

function createEvidence(): View<object> {
  const body = h('tbody')
  const rows = new KeyedList(body, ({ name }: Row) => name, createRow)
  const caption = h('caption', { class: 'visually-hidden' }, 'Evidence')
  return {
    element: h('details', {}, h('summary', {}, 'Evidence'), h('table', {}, caption, body)),
    update: (evidence) => rows.update(evidenceRows(evidence)),
  }
}

function sinceOf({ detectedAt, clearedAt }: IssueView, at: number): string {
  if (clearedAt === null) return lasting(detectedAt, at)
  return `${ago(clearedAt, at)}, after ${age(clearedAt - detectedAt)}`
}

interface Row {
  readonly name: string
  readonly value: string
}

function createRow({ name }: Row): View<Row> {
  const value = h('td')
  return {
    element: h('tr', {}, h('th', { scope: 'row' }, name), value),
    update: (row) => setText(value, row.value),
  }
}

/** A clause as a sentence of its own. */
function sentence(clause: string): string {
  const text = clause.charAt(0).toUpperCase() + clause.slice(1)
  return /[.!?…]$/.test(text) ? text : `${text}.`
}
