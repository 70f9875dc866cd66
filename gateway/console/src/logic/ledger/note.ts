// Signed notes, verifier keys and checkpoints, as C2SP writes them.
import { ascii, concat, fromBase64, same, sha256 } from './bytes'
import { verifyEd25519, type Engine } from './ed25519'

const ED25519 = 0x01

export interface Vkey { name: string; id: Uint8Array; key: Uint8Array }
export interface Checkpoint { origin: string; size: bigint; root: Uint8Array; text: string }
export interface SignatureLine { name: string; id: Uint8Array; signature: Uint8Array }
export interface Note { text: string; lines: SignatureLine[] }

/** name+id+key: split at the first two plus signs only, since base64 holds some, too. */
export async function parseVkey(text: string): Promise<Vkey | null> {
  const first = text.indexOf('+')
  const second = text.indexOf('+', first + 1)
  if (first <= 0 || second < 0) return null
  const name = text.slice(0, first)
  const id = text.slice(first + 1, second)
  const key = fromBase64(text.slice(second + 1).trim())
  if (/\s/u.test(name) || !/^[0-9a-f]{8}$/.test(id) || !key || key.length !== 33 || key[0] !== ED25519) return null
  const expected = (await sha256(concat(ascii(name + '\n'), key))).slice(0, 4)
  const given = Uint8Array.from(id.match(/../g)!, (byte) => parseInt(byte, 16))
  return same(expected, given) ? { name, id: given, key: key.slice(1) } : null
}

export function parseNote(text: string): Note | null {
  const blank = text.lastIndexOf('\n\n')
  if (blank < 0 || !text.endsWith('\n')) return null
  const lines: SignatureLine[] = []
  for (const line of text.slice(blank + 2, -1).split('\n')) {
    const parts = /^— (\S+) (\S+)$/u.exec(line)
    const bytes = parts && fromBase64(parts[2]!)
    if (!parts || !bytes || bytes.length < 5) return null
    lines.push({ name: parts[1]!, id: bytes.slice(0, 4), signature: bytes.slice(4) })
    if (lines.length > 100) return null
  }
  return { text: text.slice(0, blank + 1), lines }
}

export function parseCheckpoint(text: string): Checkpoint | null {
  const [origin, size, root] = text.split('\n')
  if (!origin || !size || !root || !text.endsWith('\n') || !/^(0|[1-9]\d{0,18})$/.test(size)) return null
  const hash = fromBase64(root)
  if (!hash || hash.length !== 32) return null
  return { origin, size: BigInt(size), root: hash, text }
}

/** Whether the log's own key signed the note: a matching line that does not verify spoils it, none is none. */
export async function verifyNote(note: Note, vkey: Vkey, force?: Engine): Promise<{ valid: boolean; engine?: Engine }> {
  let engine: Engine | undefined
  let found = false
  for (const line of note.lines) {
    if (line.name !== vkey.name || !same(line.id, vkey.id)) continue
    const checked = await verifyEd25519(vkey.key, line.signature, ascii(note.text), force)
    engine = checked.engine
    if (!checked.valid) return { valid: false, engine }
    found = true
  }
  return { valid: found, engine }
}
