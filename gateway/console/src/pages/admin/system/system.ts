// The machine itself as /api/v1/system gives it.
export interface Share { value: number; part?: number; of?: number; low?: number; high?: number }
export interface Measured { submissions?: number; ties?: number; automaticRight?: Share; found?: Share; questions?: Share; questionsYes?: Share; trapsTied?: Share; relationAccuracy?: number }
export interface Model {
  version: string; hash: string; thresholds: { automatic: number; automaticJoint: number; ask: number; askJoint: number }
  training: { submissions?: number; matters?: number; pairs?: number; answers?: number } | null; measured: Record<string, Measured> | null
}
export interface Tally { live: string; shadow: string; count: number; same: number; open: number; stands: number }
export interface Compared { lookedAt: number; tallies: Tally[]; differences: { intakeNo: string; live: { relation: string; mode: string }; shadow: { relation: string; mode: string } }[] }
export interface Models { live: Model; shadow: Model | null; compared: Compared | null }
export interface Year { year: number; source: string; checked: boolean; holidays: { name: string; from: string; to: string }[]; workdays: string[] }
export interface Destination { name: string; kind: string; address: string; channels: string[]; divisions: string[]; owner?: string; attemptsMax?: number; codes: Record<string, Record<string, string>> | null }
export interface Job { name: string; of?: string; healthy: boolean; done: number; total: number; reason?: string; decided?: number; failures?: number; undecidable?: number }
export interface Uplink { destination: string; state: string; reason: string; inFlight: number; attempts?: number; done?: number; transient?: number; permanent?: number; unknown?: number; instructions?: number; pausedUntil: string | null }
export interface System { settings: { model?: { builtIn: boolean }; calendar?: Year[]; destinations?: Destination[]; callbacks?: string[]; witnesses?: { quorum: number }; alerts?: { webhook: boolean; mail: boolean } }; jobs: Job[]; uplinks: Uplink[]; at: string }
export interface Callback { source: string; kind: string; state: string; reason: string; cursor: number; told: number; failures: number; nextAt: string | null }
