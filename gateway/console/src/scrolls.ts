// v-scrolls: what can be scrolled with the mouse can be scrolled with the keyboard, too. Only while there is more than fits: else it would be one more stop on the way.
import type { ObjectDirective } from 'vue'

const look = (element: HTMLElement) => {
  const more = element.scrollWidth > element.clientWidth + 1 || element.scrollHeight > element.clientHeight + 1
  if (more) element.tabIndex = 0
  else element.removeAttribute('tabindex')
}
const watcher = new ResizeObserver((entries) => entries.forEach((entry) => look(entry.target as HTMLElement)))

export const scrolls: ObjectDirective<HTMLElement> = {
  mounted(element) {
    watcher.observe(element)
    look(element)
  },
  updated: look,
  beforeUnmount: (element) => watcher.unobserve(element)
}
