// What the calls answer, as /openapi.json describes it; only what the page reads.
import type { Clock } from './clocks'

export type Relation = 'new' | 'resend' | 'revision' | 'duplicate' | 'supplement' | 'repeat' | 'joint'

export interface Session {
  signedIn: boolean
  name: string
  role: string
  source: string | null
  divisions: string[]
  sealed: boolean
  personal: boolean
  calls: string[]
  sources: { name: string; channel: string }[]
  csrf: string
  idleSeconds: number
  endsAt: string
}
export interface Reason { feature: string; weight: number; detail: string }
export interface Person { name?: string; phone?: string; role?: string; idNumber?: string; address?: string; callingNumber?: string; account?: string }
export interface Words { title?: string; content?: string; placeText?: string; petitioners?: Person[] }
export interface PreviewHit {
  intakeNo: string; caseNo: string | null; relation: Relation; score: number; matter?: number; people?: number
  reasons: Reason[]; differences: Reason[]; state: string; caseState: 'open' | 'closed'; caseSize?: number
  receivedAt?: string; source?: string; channel?: string; division?: string; submission?: Words
}
export interface Decision { relation: Relation; mode: 'new' | 'auto' | 'review'; score: number; of: string | null; caseNo: string | null; groupNo: string | null; reasons: Reason[] }
export interface Receipt {
  intakeNo: string; queryCode: string; registeredAt: string; ledgerIndex: number; leafHash: string; entry: string; salt: string
  existing: boolean; revision: boolean; proof: string; decision: Decision | null; flags?: string[]
}
export interface EventShown { event: string; at: string; by: string; ledgerIndex: number; hasText?: boolean; text?: string; documentSha256?: string }
export interface Delivery {
  id: number; destination: string; intakeNo: string; caseNo: string | null; source: string; kind: string; event?: string; state: string
  attempts: number; reason: string | null; owner?: string | null; nationalNo: string | null; nationalState: string | null; createdAt: string; updatedAt: string; nextAt?: string
}
export interface Submission extends Words {
  externalId?: string; upstreamNo?: string; channel?: string; receivedAt?: string; petitionedAt?: string; headCount?: number; anonymous?: boolean
  division?: string; category?: string; purpose?: string; accused?: string; addressee?: string; urgent?: boolean; threat?: string; confidential?: boolean
  attachments?: { name?: string; mediaType?: string; size?: number; sha256?: string }[]
}
export interface Sibling { intakeNo: string; ledgerIndex: number; registeredAt?: string }
export interface Intake {
  intakeNo: string; ledgerIndex: number; source: string; registeredAt: string; sealed: boolean; historic?: boolean; dropped?: boolean; flags?: string[]
  submission?: Submission; revisionOf?: Sibling | null; revisions?: Sibling[]; sameNumber?: Sibling[]; state: string
  nationalNo?: string | null; nationalState?: string | null; decision: Decision | null; case: { caseNo: string; groupNo: string | null } | null
  events: EventShown[]; deliveries: Delivery[]; resends?: { at: string; ledgerIndex: number; fields: Submission }[]
}
export interface Member {
  intakeNo: string; ledgerIndex: number; source: string; division?: string; channel?: string; sealed: boolean; historic: boolean; dropped?: boolean
  receivedAt: string; registeredAt: string; state: string; closedAt?: string | null; caseNo?: string | null; groupNo?: string | null
  nationalNo?: string | null; nationalState?: string | null; relation?: Relation; mode?: string; score?: number; of?: string
}
export interface CaseRow { caseNo: string; groupNo: string | null; size: number; sealed: boolean; firstReceivedAt: string; lastReceivedAt: string; state: 'open' | 'closed'; closedAt: string | null }
export interface Link { id: number; from: string; of: string; relation: Relation; score: number; reasons: Reason[]; by: string | null; why: string; at: string; ledgerIndex: number; undoneBy: number | null }
export interface Act { kind: string; by: string; reason: string; at: string; outcome: string; caseNo: string | null; otherNo: string | null; ledgerIndex: number }
export interface Case extends CaseRow { moved?: boolean; members: (Member & { submission?: Words; events?: EventShown[]; clocks?: Clock[] })[]; links: Link[]; history: Act[]; group: CaseRow[] }
export interface SearchHit extends Member { title?: string; excerpt?: { text: string; hit: boolean }[]; petitioners?: Person[] }
export interface CaseHits { cases: { caseNo: string | null; hits: SearchHit[] }[]; total: number; estimated: boolean; cursor: string | null }
export interface Review {
  id: number; intakeNo: string; ofIntakeNo: string; caseNo: string | null; ofCaseNo: string | null; relation: Relation; score: number; cost: number
  reasons: Reason[]; flags: string[]; sealed: boolean; historic: boolean; across?: boolean; source: string; division: string; askedAt: string
  answered: boolean; verdict?: string; answeredBy?: string; reason?: string; answeredAt?: string; asking: Words; of: Words | null; ofState?: string
}
export interface Reviews { reviews: Review[]; total: number; cursor: string | null }
export interface Acted { ledgerIndex: number; folded: boolean; caseNo: string | null; otherNo: string | null }
export interface User { name: string; role: string; source: string | null; divisions: string[]; sealed: boolean; personal: boolean; state: 'live' | 'disabled'; passwordSetAt: string | null; createdAt: string }
export interface Source { name: string; channel: string; division: string; state: string; createdAt: string; lastSeenAt: string | null; registered: number; resends: number; refused: number }
