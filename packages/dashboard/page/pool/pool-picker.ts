import { RovingFocus } from '../connections/roving-focus.ts'
import { h, setAttribute, setText } from '../dom/element.ts'
import { createGlyph } from '../dom/glyph.ts'
import { KeyedList } from '../dom/keyed-list.ts'
import type { View } from '../dom/view.ts'
import { type Status, statuses, statusWords } from '../words/status-words.ts'
import { verdictOf } from '../words/verdict.ts'
import type { NamedPool } from './pool-header.ts'

/** All pools, and the one that is shown. */
export interface PickerValue {
  readonly pools: readonly NamedPool[]
  readonly selected: string
}

interface Choice {
  readonly name: string
  readonly status: Status
  readonly isSelected: boolean
}

/** Up to so many pools are tabs; more are a list to choose from. */
const maxTabs = 6

/** Which pool is shown: nothing to choose, tabs, or a list with those first that need attention. */
export function createPoolPicker(onPick: (name: string) => void): View<PickerValue> {
  const tablist = h('div', { role: 'tablist', class: 'tabs', 'aria-label': 'Pools' })
  const select = h('select', { id: 'pool-select' })
  const summary = h('span', { class: 'note' })
  const label = h('label', { for: 'pool-select' }, 'Pool')
  const chooser = h('div', { class: 'chooser' }, label, select, summary)
  const element = h('div', { class: 'picker' }, tablist, chooser)
  const tabs = new KeyedList(
    tablist,
    ({ name }: Choice) => name,
    () => createTab(onPick),
  )
  const groups = new KeyedList(select, ({ status }: Group) => status, createGroup)
  new RovingFocus(tablist, '[role=tab]')
  select.addEventListener('change', () => onPick(select.value))
  return {
    element,
    update({ pools, selected }) {
      const isTabbed = pools.length <= maxTabs
      setAttribute(element, 'hidden', pools.length < 2)
      setAttribute(tablist, 'hidden', !isTabbed)
      setAttribute(chooser, 'hidden', isTabbed)
      const choices = pools.map(({ name, pool }) => ({
        name,
        status: verdictOf(pool).status,
        isSelected: name === selected,
      }))
      tabs.update(isTabbed ? choices : [])
      groups.update(isTabbed ? [] : groupsOf(choices))
      if (select.value !== selected) select.value = selected
      setText(summary, summaryOf(choices))
    },
  }
}

function createTab(onPick: (name: string) => void): View<Choice> {
  const glyph = createGlyph()
  const label = h('span')
  const status = h('span', { class: 'visually-hidden' })
  const element = h(
    'button',
    { type: 'button', role: 'tab', class: 'tab', 'aria-controls': 'pool' },
    glyph.element,
    label,
    status,
  )
  const pick = (): void => onPick(label.textContent ?? '')
  element.addEventListener('click', pick)
  element.addEventListener('focus', pick)
  return {
    element,
    update({ name, status: health, isSelected }) {
      glyph.update(health)
      setText(label, name)
      setText(status, `, ${statusWords[health]}`)
      setAttribute(element, 'aria-selected', isSelected ? 'true' : 'false')
      const tabIndex = isSelected ? 0 : -1
      if (element.tabIndex !== tabIndex) element.tabIndex = tabIndex
    },
  }
}

interface Group {
  readonly status: Status
  readonly choices: readonly Choice[]
}

function groupsOf(choices: readonly Choice[]): readonly Group[] {
  return statuses
    .map((status) => ({ status, choices: choices.filter((choice) => choice.status === status) }))
    .filter((group) => group.choices.length > 0)
}

function createGroup({ status }: Group): View<Group, HTMLOptGroupElement> {
  const element = h('optgroup', { label: statusWords[status] })
  const options = new KeyedList(element, ({ name }: Choice) => name, createOption)
  return {
    element,
    update(group) {
      setAttribute(element, 'label', `${statusWords[status]} (${group.choices.length})`)
      options.update(group.choices)
    },
  }
}

function createOption({ name }: Choice): View<Choice, HTMLOptionElement> {
  return { element: h('option', { value: name }, name), update: () => undefined }
}

function summaryOf(choices: readonly Choice[]): string {
  const bad = choices.filter(({ status }) => status === 'unhealthy' || status === 'degraded').length
  if (bad === 0) return `None of ${choices.length} pools needs attention.`
  return `${bad} of ${choices.length} pools ${bad === 1 ? 'needs' : 'need'} attention.`
}
