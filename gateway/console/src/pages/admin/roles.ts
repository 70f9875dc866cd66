// Who may make which call, read out of /openapi.json: each operation names its roles and is summed up in both languages.
import type { Language } from '@/language'

export interface Interface { paths: Record<string, Record<string, { summary?: string; 'x-roles'?: string[] }>> }
const ROLES = ['operator', 'reviewer', 'handler', 'oversight', 'department', 'auditor', 'admin', 'source', 'exchange']

/** "登记一件 · Register one submission" in one of the two. */
const inLanguage = (summary: string, language: Language) => summary.split(' · ')[language === 'en' ? 1 : 0] ?? summary

export function callsByRole(described: Interface, language: Language) {
  const calls = Object.values(described.paths).flatMap((path) => Object.values(path))
  const of = (role: string) => calls.filter((call) => call['x-roles']?.includes(role)).map((call) => inLanguage(call.summary ?? '', language))
  return ROLES.map((role) => ({ role, calls: [...new Set(of(role))] }))
}
