// Beyond so many rows a list keeps its own order: who sorts a million wants a narrower list.
const SORTED_MAX = 1000
export const tooManyToSort = (total = 0, atLeast = false) => atLeast || total > SORTED_MAX

// The order of a list in its address: "source" rises, "-source" falls, "" is the list's own order.
export const ascending = (column: string, sort: string) => (sort === column ? 'ascending' : sort === `-${column}` ? 'descending' : 'none')

/** What one more press of a column's head asks for: one way, the other way, then the list's own order again. */
export function nextSort(column: string, sort: string, fallsFirst = false): string {
  const ways = fallsFirst ? [`-${column}`, column] : [column, `-${column}`]
  const at = ways.indexOf(sort)
  return ways[at + 1] ?? ''
}
