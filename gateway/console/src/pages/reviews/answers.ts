// Answers to questions: held back for some seconds, then sent. At most one is held; the next answer sends the one before.
import { onScopeDispose, ref } from 'vue'
import { post } from '@/api/client'
import type { Acted, Review } from '@/api/types'

export type Verdict = 'same' | 'related' | 'different'
export interface Held { question: Review; verdict: Verdict; relation: string; reason: string; seconds: number }
export interface Sent { question: Review; verdict: Verdict; acted: Acted }
export interface Failed { question: Review; verdict: Verdict; error: unknown }

const HOLD_SECONDS = 6
const SHOWN = 4

export function useAnswers() {
  const held = ref<Held | null>(null)
  const sent = ref<Sent[]>([])
  const failed = ref<Failed[]>([])
  const answered = ref(new Set<number>())
  let timer: ReturnType<typeof setInterval> | undefined

  async function send(one: Held, keepalive = false) {
    try {
      const body = { verdict: one.verdict, ...(one.relation ? { relation: one.relation } : {}), reason: one.reason }
      const acted = await post<Acted>(`/api/v1/reviews/${one.question.id}`, body, { keepalive })
      sent.value = [{ question: one.question, verdict: one.verdict, acted }, ...sent.value].slice(0, SHOWN)
    } catch (error) {
      answered.value.delete(one.question.id)
      failed.value = [{ question: one.question, verdict: one.verdict, error }, ...failed.value].slice(0, SHOWN)
    }
  }
  function flush(keepalive = false) {
    clearInterval(timer)
    const one = held.value
    held.value = null
    if (one) void send(one, keepalive)
  }
  function give(question: Review, verdict: Verdict, relation: string, reason: string) {
    flush()
    failed.value = failed.value.filter((one) => one.question.id !== question.id)
    answered.value.add(question.id)
    held.value = { question, verdict, relation, reason, seconds: HOLD_SECONDS }
    timer = setInterval(() => {
      if (held.value && --held.value.seconds <= 0) flush()
    }, 1000)
  }
  function takeBack(): Review | null {
    clearInterval(timer)
    const one = held.value
    held.value = null
    if (one) answered.value.delete(one.question.id)
    return one?.question ?? null
  }
  const leave = () => flush(true)
  window.addEventListener('pagehide', leave)
  onScopeDispose(() => {
    window.removeEventListener('pagehide', leave)
    flush(true)
  })
  return { held, sent, failed, give, takeBack, isAnswered: (id: number) => answered.value.has(id) }
}
