// An exception as the interface gives it, and its evidence in one line: numbers and words of ours, never of a petition.
export interface Exception {
  id: number; kind: string; source: string; day: string | null; sealed: boolean; count: number; evidence: Record<string, unknown>; owner: string; deadline: string; overdue: boolean
  startedAt: string; updatedAt: string; endedAt: string | null; endReason: string; endedBy: string; notes: { at: string; by: string; text: string }[]
}

const SHOWN = 6

export function exceptionWords(evidence: Record<string, unknown>): string {
  const parts: string[] = []
  for (const [name, value] of Object.entries(evidence)) {
    if (Array.isArray(value)) parts.push(`${name}: ${value.slice(0, SHOWN).map((one) => (typeof one === 'object' ? JSON.stringify(one) : String(one))).join(', ')}${value.length > SHOWN ? ' …' : ''}`)
    else if (value !== null && typeof value === 'object') parts.push(`${name}: ${JSON.stringify(value)}`)
    else if (value !== '' && value !== null) parts.push(`${name}: ${String(value)}`)
  }
  return parts.join(' · ')
}
