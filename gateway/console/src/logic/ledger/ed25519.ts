// Ed25519 by Web Crypto where the browser has it, else by a bundled implementation. Never "valid" because something was missing.
import { sha512 } from '@noble/hashes/sha2'

export type Engine = 'browser' | 'bundled'

export async function verifyEd25519(key: Uint8Array, signature: Uint8Array, message: Uint8Array, force?: Engine): Promise<{ valid: boolean; engine: Engine }> {
  if (key.length !== 32 || signature.length !== 64) return { valid: false, engine: 'bundled' }
  if (force !== 'bundled' && globalThis.crypto?.subtle) {
    try {
      const imported = await crypto.subtle.importKey('raw', key as BufferSource, { name: 'Ed25519' }, false, ['verify'])
      return { valid: await crypto.subtle.verify({ name: 'Ed25519' }, imported, signature as BufferSource, message as BufferSource), engine: 'browser' }
    } catch {
      // This browser has no Ed25519.
    }
  }
  const ed = await import('@noble/ed25519')
  ed.etc.sha512Sync = (...parts) => sha512(ed.etc.concatBytes(...parts))
  try {
    return { valid: ed.verify(signature, message, key), engine: 'bundled' }
  } catch {
    return { valid: false, engine: 'bundled' }
  }
}
