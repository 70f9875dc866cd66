// v-scrolls: what can be scrolled with the mouse can be scrolled with the keyboard, too. Only while there is more than fits: else it would be one more stop on the way.
// A table of cards within learns the names of its columns, which stand beside the values when the window is narrow; it stays a table to those who listen.
import type { ObjectDirective } from 'vue'

const look = (element: HTMLElement) => {
  const more = element.scrollWidth > element.clientWidth + 1 || element.scrollHeight > element.clientHeight + 1
  if (more) element.tabIndex = 0
  else element.removeAttribute('tabindex')
}
const watcher = new ResizeObserver((entries) => entries.forEach((entry) => look(entry.target as HTMLElement)))

/** The roles are said aloud because browsers forget a table that is not laid out as one. */
const ROLES: [string, string][] = [['thead, tbody', 'rowgroup'], ['tr', 'row'], ['thead th', 'columnheader'], ['td', 'cell']]
function name(element: HTMLElement) {
  const table = element.querySelector<HTMLTableElement>('table.cards')
  if (!table) return
  table.setAttribute('role', 'table')
  for (const [parts, role] of ROLES) table.querySelectorAll(parts).forEach((part) => part.setAttribute('role', role))
  const names = [...table.querySelectorAll('thead th')].map((head) => head.textContent?.trim() ?? '')
  for (const row of table.tBodies[0]?.rows ?? []) [...row.cells].forEach((cell, at) => (cell.dataset.label = names[at] ?? ''))
}

export const scrolls: ObjectDirective<HTMLElement> = {
  mounted(element) {
    watcher.observe(element)
    look(element)
    name(element)
  },
  updated(element) {
    name(element)
    requestAnimationFrame(() => look(element)) // sizes are asked for once they are known: else they would be reckoned twice
  },
  beforeUnmount: (element) => watcher.unobserve(element)
}
