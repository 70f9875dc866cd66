// Drafts of a call and submissions that wait for the connection: in the storage of this tab only, so that they survive a
// reload and end with the tab or the sign-out. Never in storage that outlives it: they hold personal data.
const PREFIX = 'guiyi-draft:'

export function readDraft<T>(name: string): T | null {
  try {
    const text = sessionStorage.getItem(PREFIX + name)
    return text ? (JSON.parse(text) as T) : null
  } catch {
    return null
  }
}

/** False: there was no room, or no storage. */
export function keepDraft(name: string, value: unknown): boolean {
  try {
    if (value === null) sessionStorage.removeItem(PREFIX + name)
    else sessionStorage.setItem(PREFIX + name, JSON.stringify(value))
    return true
  } catch {
    return false
  }
}

export function forgetDrafts() {
  for (const key of Object.keys(sessionStorage)) {
    if (key.startsWith(PREFIX)) sessionStorage.removeItem(key)
  }
}
