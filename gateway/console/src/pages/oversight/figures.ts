// The figures of oversight as /api/v1/oversight/summary gives them, and how each one's list is reached in the console.
export interface Listed { list?: { path: string } | null }
export interface Rate extends Listed { numerator: number; denominator: number; rate: number | null; late?: number; never?: number; running?: number; afterClosure?: number }
export interface CallCount extends Listed { calls: number }
export interface Volume extends Listed { value?: string; month?: string; day?: string; intakes: number; closed?: number; repeats?: number }
export interface Lamps extends Listed { clock: string; title: string; basis: string; green: number; yellow: number; red: number; paused: number; unknown: number }
export interface Summary {
  intakes: number; undecided: number; historic: number; relations: Record<string, number>; modes: Record<string, number>
  cases: { all: number; closed: number; groups: number }; reviews: { open: number; answered: number }; deliveries: Record<string, number>; ledgerSize: number; at: string
  volumes?: { byMonth: Volume[]; byDay: Volume[]; bySource: Volume[]; byChannel: Volume[]; byDivision: Volume[]; byCategory: Volume[] }
  rates?: Record<'repeat' | 'duplicate' | 'joint' | 'closed' | 'timelyAcceptance' | 'onTimeClosing', Rate> & { satisfaction: Rate & { ratedShare?: Rate }; firstTime?: { hub?: Rate; source?: Rate; form?: Rate } }
  claims?: { differs: number } & Listed
  lamps?: Lamps[]
  exceptions?: { open: number; overdue: number; byKind: ({ kind: string; open: number; overdue: number } & Listed)[] }
  longPending?: Listed & { days: number; total: number; cases: { caseNo: string; source: string; division: string; size: number; receivedAt: string }[] }
  growing?: (Listed & { no: string; lately: number; before: number })[]
  loops?: { open: number } & Listed
  /** The call that lists what each counter counts. */
  lists?: { intakes: string; undecided: string; historic: string; relations: Record<string, string>; modes: Record<string, string>; cases: Record<'all' | 'closed' | 'groups', string>; reviews: Record<'open' | 'answered', string>; deliveries: Record<string, string> }
  calls?: { hours: number; withinSeconds: number; all: CallCount; connected: Rate & { missed: CallCount }; inTime: Rate & { timed: CallCount; late: CallCount } }
}

/** "/api/v1/oversight/intakes?from=..." -> the page that shows that list. */
export const placeOf = (one: Listed | undefined | null): string | undefined => placeAt(one?.list?.path)
export function placeAt(path: string | undefined | null): string | undefined {
  return path?.startsWith('/api/v1/oversight/') || path?.startsWith('/api/v1/deliveries') ? path.slice('/api/v1'.length) : undefined
}
