// Who is signed in, and what they may do. The server decides; this only keeps the page from offering what would be refused.
import { computed, ref } from 'vue'
import { call, get, onSessionEnded, post, useToken } from '@/api/client'
import type { Session } from '@/api/types'
import { forgetDrafts } from '@/logic/drafts'
import { loadNames } from '@/names'

export const session = ref<Session | null>(null)
export const ended = ref(false)
export const role = computed(() => session.value?.role ?? '')
export const can = (name: string) => session.value?.calls.includes(name) ?? false

function take(answer: Session | { signedIn: false }) {
  session.value = answer.signedIn ? (answer as Session) : null
  useToken(session.value?.csrf ?? '')
  if (session.value) void loadNames()
}

export async function loadSession() {
  take(await get<Session>('/api/v1/session'))
}
export async function signIn(name: string, password: string) {
  const answer = await post<Session>('/api/v1/session', { name, password })
  const before = lastUser()
  if (before && before !== answer.name) forgetDrafts() // what somebody else typed at this screen
  rememberUser(answer.name)
  take(answer)
  ended.value = false
}
export async function signOut() {
  try {
    await call('DELETE', '/api/v1/session')
  } finally {
    forgetDrafts()
    take({ signedIn: false })
  }
}
export async function changePassword(old: string, fresh: string) {
  await post('/api/v1/session/password', { old, new: fresh })
  take({ signedIn: false })
}

const lastUser = () => sessionStorage.getItem('guiyi-user')
const rememberUser = (name: string) => sessionStorage.setItem('guiyi-user', name)

onSessionEnded(() => {
  if (!session.value) return
  ended.value = true
  take({ signedIn: false })
})
