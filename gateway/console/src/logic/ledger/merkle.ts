// The tree of RFC 6962: leaves, nodes, and the root that an inclusion proof leads to.
import { concat, sha256 } from './bytes'

export const leafHash = (entry: Uint8Array) => sha256(concat(Uint8Array.of(0), entry))
export const nodeHash = (left: Uint8Array, right: Uint8Array) => sha256(concat(Uint8Array.of(1), left, right))

/** RFC 9162, 2.1.3.2, with numbers beyond 32 bits. Null: the proof does not fit that place in a tree of that size. */
export async function rootFromProof(leaf: Uint8Array, index: bigint, size: bigint, proof: Uint8Array[]): Promise<Uint8Array | null> {
  if (index < 0n || index >= size) return null
  let node = index
  let last = size - 1n
  let hash = leaf
  for (const sibling of proof) {
    if (sibling.length !== 32 || last === 0n) return null
    if (node % 2n === 1n || node === last) {
      hash = await nodeHash(sibling, hash)
      while (node % 2n === 0n && node !== 0n) {
        node /= 2n
        last /= 2n
      }
    } else {
      hash = await nodeHash(hash, sibling)
    }
    node /= 2n
    last /= 2n
  }
  return last === 0n ? hash : null
}
