// Times as people read them: in Beijing time wherever they sit, since limits end with its days and numbers bear its dates; with how long ago beside. Numbers in groups.
import { language } from '@/language'

const ZONE = 'Asia/Shanghai'
const tag = () => (language.value === 'en' ? 'en-GB' : 'zh-CN')

/** One a language: making a formatter costs far more than using it, and a list has hundreds of times and numbers. */
function kept<Format>(make: (tag: string) => Format): () => Format {
  const made = new Map<string, Format>()
  return () => {
    const now = tag()
    if (!made.has(now)) made.set(now, make(now))
    return made.get(now)!
  }
}
const dates = kept((language) => new Intl.DateTimeFormat(language, { timeZone: ZONE, year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }))
const distances = kept((language) => new Intl.RelativeTimeFormat(language, { numeric: 'auto' }))
const numbers = kept((language) => new Intl.NumberFormat(language))

export function absolute(text: string): string {
  const time = new Date(text)
  return Number.isNaN(time.getTime()) ? text : dates().format(time)
}

const STEPS: [Intl.RelativeTimeFormatUnit, number][] = [['year', 31_536_000], ['month', 2_592_000], ['day', 86_400], ['hour', 3600], ['minute', 60]]

export function relative(text: string, now = Date.now()): string {
  const seconds = (new Date(text).getTime() - now) / 1000
  if (Number.isNaN(seconds)) return ''
  const format = distances()
  for (const [unit, size] of STEPS) {
    if (Math.abs(seconds) >= size) return format.format(Math.trunc(seconds / size), unit)
  }
  return format.format(0, 'minute')
}

export const grouped = (value: number) => numbers().format(value)
export const percent = (value: number, digits = 1) => new Intl.NumberFormat(tag(), { style: 'percent', maximumFractionDigits: digits }).format(value)
/** The day in Beijing time, where registers are kept. */
export const dayOf = (time: Date) => new Intl.DateTimeFormat('en-CA', { timeZone: ZONE }).format(time)
