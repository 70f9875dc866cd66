import { describe, expect, it } from 'vitest'
import { ascending, nextSort } from '@/logic/sort'

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
  it('is told to those who listen', () => {
    expect(ascending('source', 'source')).toBe('ascending')
    expect(ascending('source', '-source')).toBe('descending')
    expect(ascending('source', '-state')).toBe('none')
  })
})
