// Tables as people type them: codes a line each, days parted by blanks.

/** "hotline = 0002", a line a code: what people can paste out of a standard's table. */
export const linesOf = (codes: Record<string, string>) => Object.entries(codes).map(([ours, theirs]) => `${ours} = ${theirs}`).join('\n')
/** Null: a line that is no pair, or a code that stands twice. */
export function codesOf(lines: string): Record<string, string> | null {
  const codes: Record<string, string> = {}
  for (const line of lines.split('\n')) {
    if (!line.trim()) continue
    const [, ours, theirs] = /^\s*(\S+)\s*[=\t]\s*(\S.*?)\s*$/.exec(line) ?? []
    if (!ours || !theirs || ours in codes) return null
    codes[ours] = theirs
  }
  return codes
}
/** "2027-02-07 2027-02-20", parted by blanks, commas or lines; null: one is no day. */
export function daysOf(text: string): string[] | null {
  const days = text.split(/[\s,，、;；]+/).filter(Boolean)
  return days.every((day) => /^\d{4}-\d\d-\d\d$/.test(day) && !Number.isNaN(Date.parse(day))) ? days : null
}
