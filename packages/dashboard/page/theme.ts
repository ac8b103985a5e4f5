import { h, setAttribute } from './dom/element.ts'

type Theme = 'light' | 'dark'

const key = 'hale-theme'
const system = matchMedia('(prefers-color-scheme: dark)')

/** A button between light and dark; what the viewer chose is remembered, and else the system decides. */
export function createThemeToggle(onChange: () => void): HTMLButtonElement {
  let chosen = stored()
  const button = h('button', { type: 'button', class: 'button is-small' }, 'Dark theme')
  const apply = (): void => {
    setAttribute(document.documentElement, 'data-theme', isDark(chosen) ? 'dark' : 'light')
    setAttribute(button, 'aria-pressed', isDark(chosen) ? 'true' : 'false')
    onChange()
  }
  button.addEventListener('click', () => {
    chosen = isDark(chosen) ? 'light' : 'dark'
    store(chosen)
    apply()
  })
  system.addEventListener('change', apply)
  apply()
  return button
}

function isDark(chosen: Theme | undefined): boolean {
  return chosen === undefined ? system.matches : chosen === 'dark'
}

// storage may be forbidden, and then throws

function stored(): Theme | undefined {
  try {
    const value = localStorage.getItem(key)
    return value === 'light' || value === 'dark' ? value : undefined
  } catch {
    return undefined
  }
}

function store(theme: Theme): void {
  try {
    localStorage.setItem(key, theme)
  } catch {
    // then it is not remembered
  }
}
