import { h } from '../dom/element.ts'

/** What is asked before something that callers may notice. */
export interface Question {
  readonly title: string
  readonly text: string
  /** On the button that goes on. */
  readonly verb: string
}

/** Asks in a modal dialog; resolves to whether to go on. Escape and the first button do not. */
export function confirmed({ title, text, verb }: Question): Promise<boolean> {
  const no = h('button', { type: 'submit', value: 'no', class: 'button' }, 'Cancel')
  const yes = h('button', { type: 'submit', value: 'yes', class: 'button is-primary' }, verb)
  const dialog = h(
    'dialog',
    { 'aria-labelledby': 'question-title', 'aria-describedby': 'question-text' },
    h('h2', { id: 'question-title' }, title),
    h('p', { id: 'question-text' }, text),
    // the policy forbids forms to go anywhere; this one only closes the dialog
    h('div', { class: 'buttons' }, no, yes),
  )
  document.body.append(dialog)
  no.addEventListener('click', () => dialog.close('no'))
  yes.addEventListener('click', () => dialog.close('yes'))
  dialog.showModal()
  return new Promise((resolve) => {
    dialog.addEventListener('close', () => {
      dialog.remove()
      resolve(dialog.returnValue === 'yes')
    })
  })
}
