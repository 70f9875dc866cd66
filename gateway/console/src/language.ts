// The page's language and theme: kept in this browser, told to the document before anything is drawn.
import { ref } from 'vue'

export type Language = 'zh' | 'en'
export type Theme = 'system' | 'light' | 'dark'

function kept(name: string) {
  try {
    return localStorage.getItem(name)
  } catch {
    return null // no storage: the browser's own settings are used
  }
}
function keep(name: string, value: string) {
  try {
    localStorage.setItem(name, value)
  } catch {
    // not kept, then
  }
}

export const language = ref<Language>(kept('guiyi-language') === 'en' ? 'en' : 'zh')
export const theme = ref<Theme>((['light', 'dark'] as const).find((one) => one === kept('guiyi-theme')) ?? 'system')
export const dark = ref(false)

const prefersDark = window.matchMedia('(prefers-color-scheme: dark)')
function show() {
  dark.value = theme.value === 'dark' || (theme.value === 'system' && prefersDark.matches)
  document.documentElement.classList.toggle('dark', dark.value)
  document.documentElement.lang = language.value === 'en' ? 'en' : 'zh-CN'
}
prefersDark.addEventListener('change', show)
show()

export function setTheme(value: Theme) {
  theme.value = value
  keep('guiyi-theme', value)
  show()
}
export function rememberLanguage(value: Language) {
  language.value = value
  keep('guiyi-language', value)
  show()
}
