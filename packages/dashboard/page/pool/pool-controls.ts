import type { OperatorAction } from '../../src/state/dashboard-state.ts'
import { h, setAttribute, setText } from '../dom/element.ts'
import type { View } from '../dom/view.ts'
import { confirmed } from './confirm.ts'
import type { NamedPool } from './pool-header.ts'

/** Buttons that act on the whole pool, for operators only. */
export function createPoolControls(act: (action: OperatorAction) => void): View<NamedPool> {
  const mode = h('button', { type: 'button', class: 'button' })
  const replace = h('button', { type: 'button', class: 'button' }, 'Replace all …')
  const element = h(
    'div',
    { class: 'buttons', role: 'group', 'aria-label': 'Operate' },
    mode,
    replace,
  )
  let latest: NamedPool | undefined

  mode.addEventListener('click', async () => {
    if (latest === undefined) return
    const { name, pool } = latest
    if (pool.mode === 'enforce') act({ pool: name, verb: 'observe' })
    else if (await confirmed(enforceQuestion(name))) act({ pool: name, verb: 'enforce' })
  })
  replace.addEventListener('click', async () => {
    if (latest === undefined) return
    const { name, pool } = latest
    if (await confirmed(replaceQuestion(name, pool.counts.total))) {
      act({ pool: name, verb: 'evict-all' })
    }
  })
  return {
    element,
    update(value) {
      latest = value
      setText(mode, value.pool.mode === 'enforce' ? 'Only observe' : 'Carry verdicts out …')
      setAttribute(replace, 'hidden', value.pool.counts.total === 0)
    },
  }
}

function enforceQuestion(name: string): Parameters<typeof confirmed>[0] {
  return {
    title: `Carry verdicts out in ${name}?`,
    text: 'From now on, connections that Hale finds faulty are replaced. Those in use are replaced when they are released.',
    verb: 'Carry them out',
  }
}

function replaceQuestion(name: string, total: number): Parameters<typeof confirmed>[0] {
  const all = total === 1 ? 'the only connection' : `all ${total} connections`
  return {
    title: `Replace ${all} of ${name}?`,
    text: 'Idle ones are replaced now, those in use when they are released. Callers lose nothing, but the server opens as many new sessions.',
    verb: 'Replace all',
  }
}
