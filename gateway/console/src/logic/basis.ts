// Where a clock is laid down, for readers of English: articles of the regulation are counted in figures, everything else is named as it is.
import { t } from '@/i18n'
import { language } from '@/language'

const DIGITS = '〇一二三四五六七八九'
function number(text: string): number {
  let sum = 0
  let digit = 0
  for (const one of text) {
    if (one === '十') sum += (digit || 1) * 10
    else digit = DIGITS.indexOf(one)
    if (one === '十') digit = 0
  }
  return sum + digit
}

export function basis(text: string): string {
  const article = /^条例第([一二三四五六七八九十]+)条$/.exec(text)
  return article && language.value === 'en' ? t('clock.article', { number: number(article[1]) }) : text
}
