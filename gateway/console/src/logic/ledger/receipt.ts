// A receipt checked without trusting the server that gave it: the entry hashes to its leaf, the proof leads from the leaf
// to the root of a checkpoint, and the log's key has signed that checkpoint. Each step says how it ended.
import { ascii, concat, fromBase64, hex, same, sha256 } from './bytes'
import { leafHash, rootFromProof } from './merkle'
import { parseCheckpoint, parseNote, parseVkey, verifyNote, type Checkpoint } from './note'
import type { Engine } from './ed25519'

export type StepName = 'read' | 'commitment' | 'leaf' | 'inclusion' | 'key' | 'signature'
export interface Step { name: StepName; ok: boolean; detail: string }
export interface Checked { ok: boolean; steps: Step[]; checkpoint?: Checkpoint; engine?: Engine }

export interface Proof { index: bigint; hashes: Uint8Array[]; checkpoint: string }

/** A tlog-proof: first line, perhaps "extra", "index N", hashes, a blank line, the checkpoint as it was signed. */
export function parseProof(text: string): Proof | null {
  const lines = text.split('\n')
  if (lines.shift() !== 'c2sp.org/tlog-proof@v1') return null
  if (lines[0]?.startsWith('extra ')) lines.shift()
  const index = /^index (0|[1-9]\d{0,18})$/.exec(lines.shift() ?? '')
  const blank = lines.indexOf('')
  if (!index || blank < 0 || blank > 63) return null
  const hashes: Uint8Array[] = []
  for (const line of lines.slice(0, blank)) {
    const hash = fromBase64(line)
    if (!hash || hash.length !== 32) return null
    hashes.push(hash)
  }
  return { index: BigInt(index[1]!), hashes, checkpoint: lines.slice(blank + 1).join('\n') }
}

/** A receipt as it is pasted: its JSON, or the text of a printed one's code, whose second line holds the entry. */
export function readReceipt(text: string): ReceiptText | null {
  const clean = text.replaceAll('\r', '').trim()
  try {
    if (clean.startsWith('{')) {
      const json = JSON.parse(clean) as ReceiptText & { commitment?: ReceiptText }
      return { ...json.commitment, ...json }
    }
    const extra = fromBase64(/^extra (\S+)$/m.exec(clean)?.[1] ?? '')
    const { entry } = JSON.parse(new TextDecoder().decode(extra ?? new Uint8Array())) as ReceiptText
    return entry ? { entry, proof: clean + '\n' } : null
  } catch {
    return null
  }
}

export interface ReceiptText { entry?: string; leafHash?: string; proof?: string; salt?: string; rawSha256?: string; recordSha256?: string }

const fromHex = (text: string) => (/^[0-9a-f]{64}$/.test(text) ? Uint8Array.from(text.match(/../g)!, (byte) => parseInt(byte, 16)) : null)

/** That the entry commits to these bytes and this record: SHA-256(salt || SHA-256(raw) || SHA-256(record)). */
export async function checkCommitment(entry: string, salt: string, rawSha256: string, recordSha256: string): Promise<boolean> {
  const parts = [fromBase64(salt), fromHex(rawSha256), fromHex(recordSha256)]
  if (parts.some((part) => !part)) return false
  try {
    const said = (JSON.parse(entry) as { commit?: string }).commit ?? ''
    const made = await sha256(concat(...(parts as Uint8Array[])))
    return said === hex(made) || same(fromBase64(said) ?? new Uint8Array(), made)
  } catch {
    return false
  }
}

export async function checkReceipt(receipt: ReceiptText, vkeyText: string, force?: Engine): Promise<Checked> {
  const steps: Step[] = []
  const done = (rest: Partial<Checked> = {}): Checked => ({ ok: steps.length > 0 && steps.every((step) => step.ok), steps, ...rest })
  const step = (name: StepName, ok: boolean, detail = '') => {
    steps.push({ name, ok, detail })
    return ok
  }
  const proof = parseProof(receipt.proof ?? '')
  const note = proof && parseNote(proof.checkpoint)
  const checkpoint = note && parseCheckpoint(note.text)
  if (!step('read', !!(receipt.entry && proof && checkpoint)) || !receipt.entry || !proof || !note || !checkpoint) return done()
  if (receipt.salt && receipt.rawSha256 && receipt.recordSha256) {
    step('commitment', await checkCommitment(receipt.entry, receipt.salt, receipt.rawSha256, receipt.recordSha256))
  }
  const leaf = await leafHash(ascii(receipt.entry))
  step('leaf', !receipt.leafHash || receipt.leafHash === hex(leaf) || same(fromBase64(receipt.leafHash) ?? new Uint8Array(), leaf), hex(leaf))
  const root = await rootFromProof(leaf, proof.index, checkpoint.size, proof.hashes)
  step('inclusion', !!root && same(root, checkpoint.root), `${proof.index} / ${checkpoint.size}`)
  const vkey = await parseVkey(vkeyText.trim())
  if (!step('key', !!vkey && vkey.name === checkpoint.origin, vkey?.name ?? '') || !vkey) return done({ checkpoint })
  const signed = await verifyNote(note, vkey, force)
  step('signature', signed.valid, checkpoint.origin)
  return done({ checkpoint, engine: signed.engine })
}
