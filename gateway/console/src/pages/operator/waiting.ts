// Submissions that could not be delivered wait in this tab's storage and are sent, oldest first, as soon as the connection is back.
import { ref } from 'vue'
import { comesAgain, register, type Waiting } from './call'
import type { Receipt } from '@/api/types'
import { keepDraft, readDraft } from '@/logic/drafts'

const QUEUE = 'waiting'
export const waiting = ref<Waiting[]>(readDraft<Waiting[]>(QUEUE) ?? [])
export const delivered = ref<{ title: string; receipt: Receipt }[]>([])
export const refused = ref<{ title: string; error: unknown }[]>([])

let timer: ReturnType<typeof setTimeout> | undefined
let pause = 2000
let sending = false

function keep() {
  keepDraft(QUEUE, waiting.value.length ? waiting.value : null)
}

export function enqueue(one: Waiting) {
  waiting.value = [...waiting.value, one]
  keep()
  schedule()
}

function schedule() {
  clearTimeout(timer)
  if (waiting.value.length) timer = setTimeout(() => void drain(), pause)
}

export async function drain() {
  if (sending) return
  sending = true
  while (waiting.value.length) {
    const one = waiting.value[0]!
    try {
      delivered.value = [...delivered.value, { title: one.title, receipt: await register(one.source, one.submission) }]
      pause = 2000
    } catch (error) {
      if (comesAgain(error) || (error as { status?: number }).status === 401) {
        pause = Math.min(pause * 2, 30_000)
        break
      }
      refused.value = [...refused.value, { title: one.title, error }]
    }
    waiting.value = waiting.value.slice(1)
    keep()
  }
  sending = false
  schedule()
}

window.addEventListener('online', () => {
  pause = 2000
  void drain()
})
schedule()
