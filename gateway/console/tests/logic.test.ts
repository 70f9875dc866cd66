import { describe, expect, it, vi } from 'vitest'

vi.mock('@/language', () => ({ language: { value: 'en' } }))

import { checkCharacter, parseIntakeNo, readAloud } from '@/logic/check-character'
import { code128, code128Values } from '@/logic/code128'
import { compareTexts, factsOf } from '@/logic/compare'
import { absolute, dayOf, relative } from '@/logic/time'

describe('intake numbers', () => {
  it('have the check character of ISO 7064 MOD 37,36', () => {
    expect(checkCharacter('A12425GABC1234002')).toBe('M') // the standard's own example
    expect(checkCharacter('43990020250304000123')).toBe('V')
  })
  it('are read as people type them', () => {
    for (const text of ['439900-20250304-000123-V', '43990020250304000123v', ' 439900 20250304 000123 v ']) expect(parseIntakeNo(text)).toBe('439900-20250304-000123-V')
    for (const text of ['439900-20250304-000124-V', '439900-20250304-000123-W', '', '439900-20250304-000123']) expect(parseIntakeNo(text)).toBeNull()
  })
  it('are read aloud in short groups', () => {
    expect(readAloud('439900-20250304-000123-V')).toEqual(['439', '900', '202', '503', '04', '000', '123', 'V'])
  })
})

describe('barcodes', () => {
  it('use digit pairs where they can and carry the check sum', () => {
    expect(code128Values('Wikipedia')).toEqual([104, 55, 73, 75, 73, 80, 69, 68, 73, 65, 88, 106])
    expect(code128Values('123456')).toEqual([105, 12, 34, 56, 44, 106])
  })
  it('are drawn as bars and gaps of known sum', () => {
    const widths = code128('439900-20250304-000123-V')
    expect(widths.reduce((sum, width) => sum + width, 0) % 11).toBe(2) // 11 modules a sign, 13 for the last
  })
  it('refuse what they cannot hold', () => expect(() => code128('归一')).toThrow())
})

describe('comparing texts', () => {
  const left = '锦澜湾7栋电梯停了三天,物业要求交5000元。'
  const right = '锦澜湾8栋电梯停了三天,物业要求交5000元维修费。'
  it('keeps every character', () => {
    const { left: a, right: b } = compareTexts(left, right)
    expect(a.map((piece) => piece.text).join('')).toBe(left)
    expect(b.map((piece) => piece.text).join('')).toBe(right)
  })
  it('marks facts that differ and stretches in common', () => {
    const { left: pieces } = compareTexts(left, right)
    expect(pieces.find((piece) => piece.text === '7栋')?.mark).toBe('differs')
    expect(pieces.find((piece) => piece.text.includes('电梯停了三'))?.mark).toBe('same')
    expect(pieces.find((piece) => piece.text.includes('5000元'))?.mark).toBe('same')
  })
  it('finds amounts, dates and places', () => {
    expect(factsOf('2025年3月4日在3号楼交了1.5万元').map((fact) => fact.key)).toEqual(['2025年3月4日', '3号楼', '1.5万元'])
  })
  it('copes with empty and long texts', () => {
    expect(compareTexts('', '一二三四五')).toEqual({ left: [], right: [{ text: '一二三四五', mark: '' }] })
    expect(compareTexts('重复文字'.repeat(3000), '重复文字'.repeat(3000)).left.length).toBeGreaterThan(0)
  })
})

describe('times', () => {
  it('are those of Beijing, whatever the zone of the machine', () => {
    expect(absolute('2026-12-31T15:59:00Z')).toBe('31/12/2026, 23:59')
    expect(absolute('2026-12-31T16:00:00Z')).toBe('01/01/2027, 00:00')
  })
  it('say how long ago', () => {
    const now = Date.parse('2025-03-04T10:00:00+08:00')
    expect(relative('2025-03-04T09:00:00+08:00', now)).toBe('1 hour ago')
    expect(relative('2025-03-06T10:00:00+08:00', now)).toBe('in 2 days')
    expect(relative('nothing', now)).toBe('')
  })
  it('know the day of Beijing', () => expect(dayOf(new Date('2025-03-03T17:00:00Z'))).toBe('2025-03-04'))
})
