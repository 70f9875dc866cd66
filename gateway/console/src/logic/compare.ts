// What two texts have in common and where their facts differ, for showing them side by side. Common: stretches of at
// least so many characters that stand in both. Facts: amounts, dates, times, numbers with a unit, places down to the
// building; those of one text that the other lacks are marked as different.
export type Mark = 'same' | 'differs' | ''
export interface Piece { text: string; mark: Mark }

const LEAST = 4
const LONGEST = 6000

const FACTS = [
  /\d{4}\s*[年/-]\s*\d{1,2}\s*[月/-]\s*\d{1,2}\s*日?/g,
  /\d{1,2}\s*月\s*\d{1,2}\s*[日号]/g,
  /(?:上午|下午|凌晨|晚上|晚)?\s*\d{1,2}\s*(?:点|时|:)\s*\d{0,2}\s*分?/g,
  /[\d,.]+\s*(?:万|亿|千|百)?\s*(?:元|块|人民币)/g,
  /[一二三四五六七八九十百千万两]+\s*(?:万|千|百)?\s*(?:元|块)/g,
  /[\dA-Za-z一二三四五六七八九十]+\s*(?:号楼|栋|幢|单元|楼|层|室|号院|号|组|村|期|路公交|路|#楼)/g,
  /[\d.]+\s*(?:平方米|平米|亩|吨|公里|米|人|户|年|个月|天|小时|度|分贝|次)/g
]

const folded = (text: string) => text.normalize('NFKC').toLowerCase().replace(/\s/g, ' ')

/** Places covered by a stretch that the other text has, too. */
function common(text: string, other: string): boolean[] {
  const covered = new Array<boolean>(text.length).fill(false)
  const places = new Map<string, number[]>()
  for (let i = 0; i + LEAST <= other.length; i++) {
    const key = other.slice(i, i + LEAST)
    const known = places.get(key)
    if (!known) places.set(key, [i])
    else if (known.length < 32) known.push(i)
  }
  for (let i = 0; i + LEAST <= text.length; ) {
    let best = 0
    for (const at of places.get(text.slice(i, i + LEAST)) ?? []) {
      let length = LEAST
      while (i + length < text.length && text[i + length] === other[at + length]) length++
      best = Math.max(best, length)
    }
    for (let j = i; j < i + best; j++) covered[j] = true
    i += best || 1
  }
  return covered
}

export function factsOf(text: string): { begin: number; end: number; key: string }[] {
  const found: { begin: number; end: number; key: string }[] = []
  for (const pattern of FACTS) {
    for (const match of text.matchAll(pattern)) {
      const begin = match.index
      const end = begin + match[0].length
      if (found.some((one) => begin < one.end && end > one.begin)) continue
      found.push({ begin, end, key: match[0].replace(/[\s,]/g, '') })
    }
  }
  return found.sort((a, b) => a.begin - b.begin)
}

function pieces(text: string, marks: Mark[]): Piece[] {
  const list: Piece[] = []
  for (let i = 0; i < text.length; i++) {
    const last = list[list.length - 1]
    const mark = marks[i] ?? ''
    if (last && last.mark === mark) last.text += text[i]
    else list.push({ text: text[i]!, mark })
  }
  return list
}

function marksOf(text: string, other: string): Mark[] {
  // Folding may change the length (one sign for two): then places would not agree, and only the facts are marked.
  const own = folded(text).length === text.length ? folded(text) : text
  const theirs = folded(other)
  const marks: Mark[] = common(own.slice(0, LONGEST), theirs.slice(0, LONGEST)).map((same) => (same ? 'same' : ''))
  const otherFacts = new Set(factsOf(theirs).map((fact) => fact.key))
  for (const fact of factsOf(own)) {
    const mark: Mark = otherFacts.has(fact.key) ? 'same' : 'differs'
    for (let i = fact.begin; i < fact.end; i++) marks[i] = mark
  }
  return marks
}

export function compareTexts(left: string, right: string): { left: Piece[]; right: Piece[] } {
  return { left: pieces(left, marksOf(left, right)), right: pieces(right, marksOf(right, left)) }
}
