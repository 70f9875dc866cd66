// A connected system as /api/v1/sources gives it.
export interface Source {
  name: string; channel: string; division: string; state: string; createdAt: string; lastSeenAt: string | null; registered: number; resends: number; refused: number
  kind?: string | null; mappingVersion?: number; keyExpiresAt?: string | null; oldKeyUntil?: string | null; quarantined?: number; unmapped?: { name: string; count: number }[]
  feed?: { phase: string; reason: string; message: string; behind: boolean; failures: number; lastRoundAt: string | null } | null
}
const SILENT_AFTER = 24 * 3600_000
const SOON = 30 * 24 * 3600_000

export const silent = (source: Source, now = Date.now()) => source.state === 'live' && (!source.lastSeenAt || now - new Date(source.lastSeenAt).getTime() > SILENT_AFTER)
export const keyEndsSoon = (source: Source, now = Date.now()) => !!source.keyExpiresAt && new Date(source.keyExpiresAt).getTime() - now < SOON
