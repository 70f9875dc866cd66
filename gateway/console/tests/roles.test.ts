import { expect, it } from 'vitest'
import { callsByRole } from '@/pages/admin/roles'

it('tells for each role what it may do, in the language of the reader', () => {
  const described = { paths: { '/a': { get: { summary: '登记一件 · Register one', 'x-roles': ['source', 'operator'] } }, '/b': { post: { summary: '合并 · Merge', 'x-roles': ['reviewer'] }, get: { summary: '公开 · Open' } } } }
  const of = (role: string, language: 'zh' | 'en') => callsByRole(described, language).find((one) => one.role === role)!.calls
  expect(of('operator', 'zh')).toEqual(['登记一件'])
  expect(of('reviewer', 'en')).toEqual(['Merge'])
  expect(of('admin', 'en')).toEqual([])
})
