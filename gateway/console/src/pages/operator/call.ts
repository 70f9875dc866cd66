// What an operator enters while the caller is on the line, and how it is sent. Each call gets a number of its own at its
// beginning, so that a submission whose answer was lost can be sent again: the gateway then answers with the first receipt.
import { post, Problem } from '@/api/client'
import type { Receipt } from '@/api/types'
import { dayOf } from '@/logic/time'

export interface Call {
  externalId: string; source: string; startedAt: string; callingNumber: string; phone: string; name: string; idNumber: string; address: string
  title: string; content: string; placeText: string; division: string; purpose: string; accused: string; urgent: boolean; confidential: boolean; threat: string
}

function randomId() {
  const bytes = crypto.getRandomValues(new Uint8Array(8))
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

export const newCall = (source: string): Call => ({
  externalId: `console-${dayOf(new Date())}-${randomId()}`, source, startedAt: new Date().toISOString(), callingNumber: '', phone: '', name: '', idNumber: '', address: '',
  title: '', content: '', placeText: '', division: '', purpose: '', accused: '', urgent: false, confidential: false, threat: ''
})

export type Tie = { verdict: 'same'; caseNo: string } | { verdict: 'none' } | null

export function submissionOf(call: Call, channel: string, tie: Tie = null) {
  const person = { name: call.name, phone: call.phone || call.callingNumber, callingNumber: call.callingNumber, idNumber: call.idNumber, address: call.address, role: 'main' }
  const full = {
    externalId: call.externalId, channel, receivedAt: call.startedAt, title: call.title, content: call.content, placeText: call.placeText, division: call.division, purpose: call.purpose,
    accused: call.accused, urgent: call.urgent || undefined, confidential: call.confidential || undefined, threat: call.threat,
    petitioners: Object.values(person).some((value) => value && value !== 'main') ? [Object.fromEntries(Object.entries(person).filter(([, value]) => value))] : undefined, tie: tie ?? undefined
  }
  return Object.fromEntries(Object.entries(full).filter(([, value]) => value !== '' && value !== undefined))
}

/** Whether there is enough to look for earlier matters. */
export const canLook = (call: Call) =>
  call.phone.replace(/\D/g, '').length >= 7 || call.callingNumber.replace(/\D/g, '').length >= 7 || call.idNumber.length >= 15 || (call.title + call.content + call.placeText).trim().length >= 6

export interface Waiting { submission: object; source: string; externalId: string; title: string; since: string }

export const register = (source: string, submission: object) =>
  post<Receipt>('/api/v1/intakes', submission, { query: { wait: 'decision', source } })

/** Whether it is worth sending the same again later: it may not have arrived, or the gateway asked to come back. */
export const comesAgain = (error: unknown) => error instanceof Problem && (error.offline || error.status === 503 || error.status === 429 || error.status >= 500)
