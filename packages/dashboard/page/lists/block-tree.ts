import type { BlockView } from '../../src/state/dashboard-state.ts'
import { h, setAttribute, setText } from '../dom/element.ts'
import { KeyedList } from '../dom/keyed-list.ts'
import type { View } from '../dom/view.ts'
import { count, duration } from '../words/quantities.ts'
import { type BlockNode, blockForest, keyOf } from './block-forest.ts'

type Opener = (connectionId: number) => void

/** Who holds locks that others wait for, and who they are. */
export function createBlockTree(onOpen: Opener): View<readonly BlockView[]> {
  const list = h('ul', { class: 'blocks' })
  const empty = h('p', { class: 'empty' }, 'Nobody waits for a lock.')
  const nodes = nodeList(list, onOpen)
  return {
    element: h(
      'section',
      { class: 'card', 'aria-labelledby': 'blocks-title' },
      h('h2', { id: 'blocks-title' }, 'Who blocks whom'),
      list,
      empty,
    ),
    update(blocks) {
      nodes.update(blockForest(blocks))
      setAttribute(list, 'hidden', blocks.length === 0)
      setAttribute(empty, 'hidden', blocks.length > 0)
    },
  }
}

function nodeList(parent: HTMLElement, onOpen: Opener): KeyedList<BlockNode, string> {
  return new KeyedList(
    parent,
    ({ backend }: BlockNode) => keyOf(backend),
    () => createNode(onOpen),
  )
}

function createNode(onOpen: Opener): View<BlockNode> {
  const who = h('span', { class: 'block-who' })
  const link = h('button', { type: 'button', class: 'link' })
  const waits = h('span', { class: 'block-waits' })
  const statement = h('code')
  const list = h('ul')
  const waiters = nodeList(list, onOpen)
  let connectionId: number | null = null
  link.addEventListener('click', () => {
    if (connectionId !== null) onOpen(connectionId)
  })
  return {
    element: h(
      'li',
      {},
      h('div', { class: 'block' }, h('p', {}, link, who, waits), statement),
      list,
    ),
    update(node) {
      const { backend } = node
      connectionId = backend.connectionId
      setText(link, `Connection ${connectionId}`)
      setAttribute(link, 'hidden', connectionId === null)
      setText(who, whoOf(node))
      setText(waits, waitsOf(node))
      setText(statement, backend.statement ?? '')
      setAttribute(statement, 'hidden', !backend.statement)
      setAttribute(list, 'hidden', node.waiters.length === 0)
      waiters.update(node.waiters)
    },
  }
}

function whoOf({ backend }: BlockNode): string {
  const { applicationName, processId, connectionId } = backend
  const name = applicationName || (connectionId === null ? 'A session of no name' : '')
  return [name, processId === null ? '' : `pid ${processId}`]
    .filter((part) => part !== '')
    .join(' · ')
}

function waitsOf({ waitedMs, waiters }: BlockNode): string {
  if (waitedMs !== null) return `waits for ${duration(waitedMs)}`
  return waiters.length === 0 ? 'waits' : `holds up ${count(waiters.length, 'backend')}`
}
