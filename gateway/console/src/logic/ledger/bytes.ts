// Bytes, base64 and SHA-256. Browsers give Web Crypto to pages from a secure origin only; elsewhere a bundled implementation is loaded.
export const ascii = (text: string) => new TextEncoder().encode(text)
export const hex = (bytes: Uint8Array) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
export const same = (a: Uint8Array, b: Uint8Array) => a.length === b.length && a.every((byte, at) => byte === b[at])

export function concat(...parts: Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((length, part) => length + part.length, 0))
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.length
  }
  return all
}

/** Strict standard base64; null when it is not. */
export function fromBase64(text: string): Uint8Array | null {
  if (text.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) return null
  const binary = atob(text)
  if (btoa(binary) !== text) return null // bits set behind the end
  return Uint8Array.from(binary, (sign) => sign.charCodeAt(0))
}
export const toBase64 = (bytes: Uint8Array) => btoa(String.fromCharCode(...bytes))

export async function sha256(bytes: Uint8Array): Promise<Uint8Array> {
  if (globalThis.crypto?.subtle) return new Uint8Array(await crypto.subtle.digest('SHA-256', bytes as BufferSource))
  return (await import('@noble/hashes/sha2')).sha256(bytes)
}
