// The check character of an intake number: ISO 7064 MOD 37,36 over the number without its hyphens.
const SIGNS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ'

export function checkCharacter(text: string): string | null {
  let product = 36
  for (const sign of text.toUpperCase()) {
    const value = SIGNS.indexOf(sign)
    if (value < 0) return null
    const sum = (product + value) % 36 || 36
    product = (sum * 2) % 37
  }
  return SIGNS[(37 - product) % 36] ?? null
}

/** As a person types or reads it: any case, with or without hyphens. Null: not a number, or its check character is wrong. */
export function parseIntakeNo(text: string): string | null {
  const plain = text.trim().toUpperCase().replace(/[-\s]/g, '')
  const parts = /^(\d{6})(\d{8})(\d{6,12})([0-9A-Z])$/.exec(plain)
  if (!parts || checkCharacter(plain.slice(0, -1)) !== parts[4]) return null
  return `${parts[1]}-${parts[2]}-${parts[3]}-${parts[4]}`
}

/** In groups of at most three, as one reads it aloud. */
export function readAloud(number: string): string[] {
  return number.split('-').flatMap((part) => part.match(part.length > 4 ? /.{1,3}/g : /.+/g) ?? [])
}
