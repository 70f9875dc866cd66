// Clocks and the whole path of an item, as oversight reads them.
import { get } from '@/api/client'

export interface Clock { clock: string; title: string; basis: string; intakeNo: string; caseNo: string; source: string; division: string; startedAt: string; dueAt: string | null; stoppedAt?: string | null; lamp: string; late: boolean; extendedDays: number }
export interface Found { intakeNo: string; caseNo: string; groupNo: string; source: string; externalId: string; barcode: string; channel: string; division: string; relation?: string; of?: string; state?: string; ledgerIndex: number; nationalNo: string; nationalState: string; receivedAt?: string; clocks: Clock[]; deliveries: { destination: string; kind: string; state: string; reason: string; attempts: number; nationalNo: string; updatedAt: string }[]; events: { event: string; at: string; ledgerIndex: number }[] }

/** Every item with that number: an intake's, a case's, the source's own, a barcode, a call's. */
export const lookup = async (number: string) => (await get<{ items: Found[] }>('/api/v1/lookup', { query: { number } })).items
