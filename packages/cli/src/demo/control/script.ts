import { tokenHeader } from './guard.ts'

/**
 * What the control page runs. Whatever it shows goes in as text. Buttons keep the focus while their fault is
 * under way, which a disabled button would not.
 */
export const script: string = `
const POLL_MS = 500
const token = document.querySelector('meta[name="hale-token"]').content
const list = document.querySelector('#strikes')
const nothing = document.querySelector('#nothing')
const status = document.querySelector('#status')

for (const button of document.querySelectorAll('button')) {
  button.addEventListener('click', () => press(button))
}

async function press(button) {
  if (button.getAttribute('aria-disabled') === 'true') return
  button.setAttribute('aria-disabled', 'true')
  status.textContent = ''
  try {
    const { fault, action } = button.dataset
    const pool = document.querySelector('input[name="pool"]:checked')?.value
    const response = await fetch(action ?? 'fault', {
      method: 'POST',
      headers: { 'content-type': 'application/json', '${tokenHeader}': token },
      body: JSON.stringify({ fault, pool }),
    })
    const answer = await response.json()
    if (!response.ok || answer.told !== undefined) status.textContent = answer.told ?? answer.error
    await refresh()
  } catch {
    status.textContent = 'The demo does not answer: it has most likely been ended.'
  } finally {
    button.removeAttribute('aria-disabled')
  }
}

async function refresh() {
  const response = await fetch('state.json')
  const { strikes } = await response.json()
  nothing.hidden = strikes.length > 0
  const shown = new Map([...list.children].map((item) => [item.dataset.id, item]))
  for (const strike of strikes.toReversed()) {
    const item = shown.get(String(strike.id))
    if (item === undefined) list.prepend(createItem(strike))
    else addSeen(item, strike)
  }
  const known = new Set(strikes.map(({ id }) => String(id)))
  for (const [id, item] of shown) if (!known.has(id)) item.remove()
}

function createItem(strike) {
  const item = document.createElement('li')
  item.dataset.id = strike.id
  const at = new Date(strike.at)
  const time = element('time', at.toLocaleTimeString())
  time.dateTime = at.toISOString()
  const what = element('p', strike.title + ' · ' + strike.where + ' ')
  what.className = 'what'
  what.append(time)
  item.append(what, element('p', strike.lookFor), document.createElement('ul'))
  addSeen(item, strike)
  return item
}

function addSeen(item, { seen }) {
  const told = item.querySelector('ul')
  for (const sentence of seen.slice(told.children.length)) told.append(element('li', sentence))
  told.hidden = seen.length === 0
}

function element(name, text) {
  const made = document.createElement(name)
  made.textContent = text
  return made
}

async function poll() {
  try {
    if (!document.hidden) await refresh()
  } catch {
    status.textContent = 'The demo does not answer: it has most likely been ended.'
    return
  }
  setTimeout(poll, POLL_MS)
}
void poll()
`
