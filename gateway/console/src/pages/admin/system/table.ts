// A table that administrators change, as /api/v1/system/tables has it: versions are kept, the newest counts from the next start on.
import { computed, ref, shallowRef, watch, type Ref } from 'vue'
import { get, post } from '@/api/client'

export interface Version<T> { version: number; at: string; by: string; note: string; table: T | null }
export interface Kept<T> { name: string; version: number; inEffect: number; current: T | null; versions: Version<T>[] }

export function useTable<T>(name: Ref<string>) {
  const kept = shallowRef<Kept<T> | null>(null)
  const error = shallowRef<unknown>(null)
  const busy = ref(false)

  async function load() {
    error.value = null
    kept.value = null
    const asked = name.value
    if (!asked) return
    try {
      const answer = await get<Kept<T>>(`/api/v1/system/tables/${asked}`)
      if (asked === name.value) kept.value = answer
    } catch (problem) {
      error.value = problem
    }
  }
  /** Whether it was taken. */
  async function put(body: { table?: T; rollback?: number; note?: string }): Promise<boolean> {
    busy.value = true
    error.value = null
    try {
      await post(`/api/v1/system/tables/${name.value}`, body)
      await load()
      return true
    } catch (problem) {
      error.value = problem
      return false
    } finally {
      busy.value = false
    }
  }
  watch(name, () => void load(), { immediate: true })
  /** What the newest version says, or the configuration when there is none. */
  const newest = computed(() => kept.value?.versions[0]?.table ?? kept.value?.current ?? null)
  return { kept, newest, error, busy, load, put }
}
