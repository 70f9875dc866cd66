import { describe, expect, it } from 'vitest'
import { ascii, concat, fromBase64, hex, sha256, toBase64 } from '@/logic/ledger/bytes'
import { leafHash, nodeHash, rootFromProof } from '@/logic/ledger/merkle'
import { parseCheckpoint, parseNote, parseVkey, verifyNote } from '@/logic/ledger/note'
import { checkCommitment, checkReceipt, readReceipt } from '@/logic/ledger/receipt'

// Known answers of the log's format: entries `entry-0`, `entry-1`, ...; key seed 00..1f; name example.org/ledger.
const VKEY = 'example.org/ledger+5f5b716d+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4'
const ROOT3 = 'pkvybgkSj2/i/m+LLYyAHhZrV8BHp82bK4Ceepai8cs='
const ROOT5 = 'GqaNMHSQWlgfhMu9D3U3lJBP2ARRvEwT5p2aU7xZUCw='
const SIGNED3 =
  `example.org/ledger\n3\n${ROOT3}\n\n— example.org/ledger X1txbSgFJYmmICyaQl0WJfi+7DO/VdndVdo+5etD1eQL0aSJi/k05lDStJibf334/KhrHfRV5BX+1GjrWMAR9McaRAE=\n`

async function rootOf(leaves: Uint8Array[]): Promise<Uint8Array> {
  if (leaves.length === 0) return sha256(new Uint8Array())
  if (leaves.length === 1) return leaves[0]!
  let split = 1
  while (split * 2 < leaves.length) split *= 2
  return nodeHash(await rootOf(leaves.slice(0, split)), await rootOf(leaves.slice(split)))
}
async function proofOf(index: number, leaves: Uint8Array[]): Promise<Uint8Array[]> {
  if (leaves.length <= 1) return []
  let split = 1
  while (split * 2 < leaves.length) split *= 2
  return index < split
    ? [...(await proofOf(index, leaves.slice(0, split))), await rootOf(leaves.slice(split))]
    : [...(await proofOf(index - split, leaves.slice(split))), await rootOf(leaves.slice(0, split))]
}
const leaves = (count: number) => Promise.all(Array.from({ length: count }, (_, i) => leafHash(ascii(`entry-${i}`))))

describe('the tree', () => {
  it('hashes an empty leaf as known', async () => {
    expect(hex(await leafHash(new Uint8Array()))).toBe('6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d')
  })
  it.each([[0, '47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='], [1, 'QHZrIDNCkCb1PVRQJnmoOXBrR0H43K86i7pfQbX/4HU='], [3, ROOT3], [5, ROOT5],
    [256, '+F9OrTQIBxC00egIMBVDqquBqgTeuIWZNQ3Cak8vWN4='], [257, 'kYsc7GTzF8duPPVcBTaEHAOe/wZ3LruIKM58F2Aotaw=']])('of %i entries has the known root', async (count, root) => {
    expect(toBase64(await rootOf(await leaves(count)))).toBe(root)
  })
  it('finds the way from entry 2 of 5 to the root', async () => {
    const all = await leaves(5)
    const proof = await proofOf(2, all)
    expect(proof).toHaveLength(3)
    expect(toBase64(proof[0]!)).toBe('J0ebarMh0u5HdFL2i6UndI6GPK/o+9HfK/idFXDRtpc=')
    expect(toBase64((await rootFromProof(all[2]!, 2n, 5n, proof))!)).toBe(ROOT5)
  })
  it('leads to the root from every place of every small tree, and from no other', async () => {
    for (let size = 1; size <= 20; size++) {
      const all = await leaves(size)
      const root = toBase64(await rootOf(all))
      for (let index = 0; index < size; index++) {
        const proof = await proofOf(index, all)
        const at = (place: number, path = proof) => rootFromProof(all[index]!, BigInt(place), BigInt(size), path)
        expect(toBase64((await at(index))!)).toBe(root)
        expect(await at(index, [...proof, all[0]!])).toBeNull()
        if (proof.length) expect(await at(index, proof.slice(1)).then((got) => got && toBase64(got))).not.toBe(root)
        if (size > 1) expect(await at((index + 1) % size).then((got) => got && toBase64(got))).not.toBe(root)
      }
      expect(await rootFromProof(all[0]!, BigInt(size), BigInt(size), [])).toBeNull()
    }
  })
})

describe('keys and notes', () => {
  it('reads the known key and none that was changed', async () => {
    expect((await parseVkey(VKEY))?.name).toBe('example.org/ledger')
    expect(await parseVkey(VKEY.replace('5f5b716d', '5f5b716e'))).toBeNull()
    expect(await parseVkey('example.org/other' + VKEY.slice(18))).toBeNull()
    expect(await parseVkey('x')).toBeNull()
  })
  it.each(['browser', 'bundled'] as const)('verifies the known signature (%s)', async (engine) => {
    const vkey = (await parseVkey(VKEY))!
    const note = parseNote(SIGNED3)!
    expect(parseCheckpoint(note.text)?.size).toBe(3n)
    expect((await verifyNote(note, vkey, engine)).valid).toBe(true)
    expect((await verifyNote(parseNote(SIGNED3.replace('\n3\n', '\n4\n'))!, vkey, engine)).valid).toBe(false)
  })
  it('passes over unknown keys, but a line of the own key that does not verify spoils the note', async () => {
    const vkey = (await parseVkey(VKEY))!
    const stranger = `— example.org/other ${toBase64(new Uint8Array(68).fill(7))}\n`
    expect((await verifyNote(parseNote(SIGNED3 + stranger)!, vkey)).valid).toBe(true)
    const broken = `— example.org/ledger ${toBase64(concat(vkey.id, new Uint8Array(64)))}\n`
    expect((await verifyNote(parseNote(SIGNED3 + broken)!, vkey)).valid).toBe(false)
    const none = SIGNED3.slice(0, SIGNED3.indexOf('—')) + stranger
    expect((await verifyNote(parseNote(none)!, vkey)).valid).toBe(false)
  })
  it('takes no checkpoint that is written otherwise', () => {
    for (const text of ['', 'a\n', `a\n03\n${ROOT3}\n`, `a\n-1\n${ROOT3}\n`, 'a\n3\nAAAA\n', `a\n3\n${ROOT3}`]) expect(parseCheckpoint(text)).toBeNull()
  })
})

async function receiptOf(index: number): Promise<{ entry: string; leafHash: string; proof: string }> {
  const all = await leaves(3)
  const path = (await proofOf(index, all)).map(toBase64).join('\n')
  return { entry: `entry-${index}`, leafHash: hex(all[index]!), proof: `c2sp.org/tlog-proof@v1\nindex ${index}\n${path}\n\n${SIGNED3}` }
}

describe('a receipt', () => {
  it('is good down to the signature', async () => {
    for (let index = 0; index < 3; index++) {
      const checked = await checkReceipt(await receiptOf(index), VKEY)
      expect(checked.ok).toBe(true)
      expect(checked.steps.map((step) => step.name)).toEqual(['read', 'leaf', 'inclusion', 'key', 'signature'])
    }
  })
  it('is read from its JSON and from the text of a printed one, whatever its line ends', async () => {
    const receipt = await receiptOf(1)
    expect(readReceipt(JSON.stringify(receipt))).toMatchObject(receipt)
    const [head, ...rest] = receipt.proof!.trimEnd().split('\n')
    const printed = [head, `extra ${toBase64(ascii(JSON.stringify({ entry: receipt.entry, intakeNo: 'x' })))}`, ...rest].join('\r\n')
    expect((await checkReceipt(readReceipt(printed)!, VKEY)).ok).toBe(true)
    for (const other of ['', '{', 'extra !', 'c2sp.org/tlog-proof@v1']) expect(readReceipt(other)).toBeNull()
  })
  it('shows what was changed', async () => {
    const good = await receiptOf(1)
    const failed = async (receipt: object, key = VKEY) => (await checkReceipt({ ...good, ...receipt }, key)).steps.filter((step) => !step.ok).map((step) => step.name)
    expect(await failed({ entry: 'entry-x' })).toEqual(['leaf', 'inclusion'])
    expect(await failed({ proof: good.proof.replace('index 1', 'index 2') })).toEqual(['inclusion'])
    expect(await failed({ proof: good.proof.replace('/KhrHfRV', '/KhrHfRW') })).toEqual(['signature'])
    expect(await failed({ proof: 'something else' })).toEqual(['read'])
    expect(await failed({}, 'example.org/other+5f5b716d+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4')).toEqual(['key'])
  })
  it('commits to raw bytes and record', async () => {
    const salt = new Uint8Array(32).fill(1)
    const raw = await sha256(ascii('raw'))
    const record = await sha256(ascii('record'))
    const commit = await sha256(concat(salt, raw, record))
    for (const said of [hex(commit), toBase64(commit)]) {
      expect(await checkCommitment(JSON.stringify({ commit: said }), toBase64(salt), hex(raw), hex(record))).toBe(true)
    }
    expect(await checkCommitment(JSON.stringify({ commit: hex(raw) }), toBase64(salt), hex(raw), hex(record))).toBe(false)
  })
  it('base64 is strict', () => {
    expect(fromBase64('AA==')).toEqual(Uint8Array.of(0))
    for (const text of ['AB==', 'A', 'AA=', 'A A=', '####']) expect(fromBase64(text)).toBeNull()
  })
})
