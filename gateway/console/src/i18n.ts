// Texts come from locales/zh.json and locales/en.json, which have the same keys (a test holds them together); only the one in use is loaded.
import { createI18n } from 'vue-i18n'
import { language, rememberLanguage, type Language } from '@/language'

const loaders: Record<Language, () => Promise<{ default: Record<string, unknown> }>> = {
  zh: () => import('@/locales/zh.json'),
  en: () => import('@/locales/en.json')
}

export const i18n = createI18n({ legacy: false, locale: language.value, fallbackLocale: false as const, messages: {}, missingWarn: false, fallbackWarn: false })

/** The part of the library that is used, without its types, which grow with every key. */
const texts = i18n.global as unknown as {
  locale: { value: string }
  setLocaleMessage(locale: string, messages: unknown): void
  t(key: string, named: Record<string, unknown>): string
  te(key: string): boolean
}

export async function setLanguage(value: Language) {
  texts.setLocaleMessage(value, (await loaders[value]()).default)
  texts.locale.value = value
  rememberLanguage(value)
}

export const t = (key: string, named: Record<string, unknown> = {}) => texts.t(key, named)
export const has = (key: string) => texts.te(key)
/** The text of a code that may be one we have no word for: then the code itself. */
export const word = (group: string, code: string | null | undefined) => (code ? (has(`${group}.${code}`) ? t(`${group}.${code}`) : code) : '')
