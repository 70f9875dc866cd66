// A list that the server filters, sorts and pages, with its state in the address, so that a page can be reloaded, sent to
// somebody and gone back to. What may hold personal data (words, names, numbers typed by hand) never goes there: it is
// kept with the entry of this tab's history.
import { computed, onScopeDispose, ref, shallowRef, watch } from 'vue'
import { useRoute, useRouter } from 'vue-router'
import { isAbort, Problem } from '@/api/client'
import { tooManyToSort } from '@/logic/sort'

export interface Page<Row> { rows: Row[]; total?: number; estimated?: boolean; atLeast?: boolean; cursor: string | null }

export interface ListOptions<Filters extends Record<string, string>, Row> {
  defaults: Filters
  /** Names of filters that stay out of the address. */
  unlisted?: (keyof Filters)[]
  /** It is one panel of several: the page stays where it is while its rows change. */
  panel?: boolean
  load: (filters: Filters, cursor: string, signal: AbortSignal) => Promise<Page<Row>>
}

export function useList<Filters extends Record<string, string>, Row>(options: ListOptions<Filters, Row>) {
  const route = useRoute()
  const router = useRouter()
  const path = route.path
  const rows = shallowRef<Row[]>([])
  const page = shallowRef<Page<Row>>({ rows: [], cursor: null })
  const loading = ref(true)
  const error = shallowRef<unknown>(null)
  const unlisted = new Set<string>((options.unlisted ?? []) as string[])

  function kept(): Partial<Filters> {
    return (history.state?.filters as Partial<Filters>) ?? {}
  }
  const filters = computed<Filters>(() => {
    const now = { ...options.defaults }
    for (const name of Object.keys(now) as (keyof Filters & string)[]) {
      const said = unlisted.has(name) ? kept()[name] : route.query[name]
      if (typeof said === 'string') now[name] = said as Filters[typeof name]
    }
    return now
  })
  const cursor = computed(() => (typeof route.query.cursor === 'string' ? route.query.cursor : ''))

  let running: AbortController | null = null
  async function load() {
    running?.abort()
    const mine = (running = new AbortController())
    loading.value = true
    error.value = null
    try {
      const answer = await options.load(filters.value, cursor.value, mine.signal)
      if (mine.signal.aborted) return
      page.value = answer
      rows.value = answer.rows
    } catch (problem) {
      if (mine.signal.aborted || isAbort(problem)) return
      // A wider filter left more than can be sorted: the list goes back to its own order.
      if (problem instanceof Problem && problem.code === 'sort_too_many' && filters.value.sort) return void router.replace({ path, query: Object.fromEntries(Object.entries(route.query).filter(([name]) => name !== 'sort' && name !== 'cursor')), state: { filters: kept() } })
      error.value = problem
    }
    loading.value = false
  }

  function go(changes: Partial<Filters>, toCursor = '') {
    const next = { ...filters.value, ...changes }
    const query: Record<string, string> = {}
    const hidden: Record<string, string> = {}
    for (const [name, value] of Object.entries(next)) {
      if (value === options.defaults[name]) continue
      if (unlisted.has(name)) hidden[name] = value
      else query[name] = value
    }
    if (toCursor) query.cursor = toCursor
    const before = route.fullPath
    // Forced: filters that are not in the address change the entry all the same.
    void router.push({ path, query: { ...outside(), ...query }, state: { filters: hidden, stays: !!options.panel }, force: true }).then(() => {
      if (route.fullPath === before) void load()
    })
  }
  /** Parameters of the address that are not of this list. */
  function outside() {
    return Object.fromEntries(Object.entries(route.query).filter(([name]) => !(name in options.defaults) && name !== 'cursor')) as Record<string, string>
  }

  watch(() => route.fullPath, (now, before) => {
    if (route.path === path && now !== before) void load()
  })
  void load()
  onScopeDispose(() => running?.abort())

  const tooMany = computed(() => tooManyToSort(page.value.total, page.value.atLeast))

  return { rows, page, loading, error, filters, tooMany, go, reload: load, first: computed(() => !cursor.value), next: () => page.value.cursor && go({}, page.value.cursor), toFirst: () => go({}) }
}
