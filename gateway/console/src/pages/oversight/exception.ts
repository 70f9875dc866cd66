// An exception as the interface gives it, and its evidence in one line: numbers and words of ours, never of a petition.
import { t, word } from '@/i18n'
import { absolute } from '@/logic/time'

export interface Exception {
  id: number; kind: string; source: string; day: string | null; sealed: boolean; count: number; evidence: Record<string, unknown>; owner: string; deadline: string; overdue: boolean
  startedAt: string; updatedAt: string; endedAt: string | null; endReason: string; endedBy: string; notes: { at: string; by: string; text: string }[]
}

const SHOWN = 6

const named = (name: string) => word('evidenceKey', name)
function said(value: unknown): string {
  if (typeof value === 'boolean') return t(value ? 'evidenceKey.yes' : 'evidenceKey.no')
  if (Array.isArray(value)) return value.slice(0, SHOWN).map(said).join(t('list.comma')) + (value.length > SHOWN ? ' …' : '')
  if (value !== null && typeof value === 'object') return Object.entries(value).map(([name, one]) => `${named(name)} ${said(one)}`).join(t('list.comma'))
  const text = String(value ?? '')
  return /^\d{4}-\d\d-\d\dT\d\d:\d\d/.test(text) ? absolute(text) : text
}

export function exceptionWords(evidence: Record<string, unknown>): string {
  return Object.entries(evidence).filter(([, value]) => value !== '' && value !== null).map(([name, value]) => `${named(name)}${t('list.colon')}${said(value)}`).join(' · ')
}
