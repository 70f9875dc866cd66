import { describe, expect, it } from 'vitest'
import { ascending, nextSort, tooManyToSort } from '@/logic/sort'
import { codesOf, daysOf, linesOf } from '@/logic/tables'

describe('the order of a list', () => {
  it('goes one way, the other way and back to the list’s own', () => {
    expect(nextSort('source', '')).toBe('source')
    expect(nextSort('source', 'source')).toBe('-source')
    expect(nextSort('source', '-source')).toBe('')
    expect(nextSort('source', '-state')).toBe('source')
  })
  it('begins with the largest where that is what people look for', () => {
    expect(nextSort('count', '', true)).toBe('-count')
    expect(nextSort('count', '-count', true)).toBe('count')
    expect(nextSort('count', 'count', true)).toBe('')
  })
  it('is its own when there are too many rows to sort', () => {
    expect(tooManyToSort()).toBe(false)
    expect(tooManyToSort(1000)).toBe(false)
    expect(tooManyToSort(1001)).toBe(true)
    expect(tooManyToSort(1000, true)).toBe(true)
  })
  it('is told to those who listen', () => {
    expect(ascending('source', 'source')).toBe('ascending')
    expect(ascending('source', '-source')).toBe('descending')
    expect(ascending('source', '-state')).toBe('none')
  })
})

describe('tables as people write them', () => {
  it('come back as they were', () => expect(codesOf(linesOf({ hotline: '0002', 检举控告: '05' }))).toEqual({ hotline: '0002', 检举控告: '05' }))
  it('are taken with tabs and empty lines', () => expect(codesOf('letter\t0001\n\n hotline = 00 02 \n')).toEqual({ letter: '0001', hotline: '00 02' }))
  it('are refused when a line is no pair or a code stands twice', () => {
    for (const lines of ['letter', 'letter =', '= 1', 'a = 1\na = 2']) expect(codesOf(lines), lines).toBeNull()
  })
  it('name days', () => {
    expect(daysOf('2027-02-07 2027-02-20、2027-03-06')).toEqual(['2027-02-07', '2027-02-20', '2027-03-06'])
    expect(daysOf('')).toEqual([])
    expect(daysOf('2027-2-7')).toBeNull()
    expect(daysOf('2027-13-01')).toBeNull()
  })
})
