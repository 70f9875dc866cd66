// What people call sources and divisions: asked for once after signing in. What has no name is shown by its code.
import { shallowRef } from 'vue'
import { get } from '@/api/client'
import { language } from '@/language'

interface Name { zh: string; en?: string }
type Kind = 'sources' | 'divisions'
const names = shallowRef<Record<Kind, Record<string, Name>>>({ sources: {}, divisions: {} })

export async function loadNames() {
  try {
    names.value = await get<Record<Kind, Record<string, Name>>>('/api/v1/names')
  } catch {
    // Codes are shown, then.
  }
}

function nameOf(kind: Kind, code: string): string {
  const name = names.value[kind][code]
  return name ? (language.value === 'en' && name.en) || name.zh : ''
}

export const sourceName = (code: string | null | undefined) => (code ? nameOf('sources', code) || code : '')
/** Of twelve digits the last six say the street or village: where that has no name, the county's is told. */
export const divisionName = (code: string | null | undefined) => (code ? nameOf('divisions', code) || nameOf('divisions', code.slice(0, 6)) || code : '')
/** Codes with their names, for choosing. */
export const choices = (kind: Kind) => Object.keys(names.value[kind]).map((code) => ({ code, name: nameOf(kind, code) }))
