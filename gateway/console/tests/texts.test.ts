import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import en from '@/locales/en.json'
import zh from '@/locales/zh.json'

type Texts = { [key: string]: string | Texts }
function keys(texts: Texts, prefix = ''): string[] {
  return Object.entries(texts).flatMap(([key, value]) => (typeof value === 'string' ? [prefix + key] : keys(value, `${prefix}${key}.`)))
}
function files(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name)
    return statSync(path).isDirectory() ? files(path) : [path]
  })
}
const at = (texts: Texts, key: string) => key.split('.').reduce<unknown>((node, part) => (node as Texts)?.[part], texts) as string
const sources = files(join(__dirname, '../src')).filter((path) => /\.(vue|ts)$/.test(path))
const HAN = /\p{Script=Han}/u

describe('texts', () => {
  it('have the same keys in both languages', () => expect(keys(zh as Texts).sort()).toEqual(keys(en as Texts).sort()))
  it('name the same values in both languages', () => {
    const names = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1]).sort()
    for (const key of keys(zh as Texts)) expect(names(at(en as Texts, key)), key).toEqual(names(at(zh as Texts, key)))
  })
  it('have braces around names of values only, and a brace of their own in quotes', () => {
    for (const texts of [zh, en] as unknown as Texts[]) {
      for (const key of keys(texts)) expect(at(texts, key).replace(/\{\w+\}|\{'[^']+'\}/g, ''), key).not.toMatch(/[{}|@]/)
    }
  })
  it('are not empty, and the English ones not Chinese', () => {
    for (const key of keys(en as Texts)) {
      expect(at(en as Texts, key), key).not.toBe('')
      if (key !== 'shell.otherLanguage') expect(at(en as Texts, key), key).not.toMatch(HAN)
    }
  })
  it('stand in no template', () => {
    for (const path of sources.filter((one) => one.endsWith('.vue'))) {
      const text = readFileSync(path, 'utf8')
      const template = text.slice(text.indexOf('<template>'), text.lastIndexOf('</template>')).replace(/<!--[\s\S]*?-->/g, '')
      expect(template, path).not.toMatch(HAN)
      // Words between tags that no expression gives: only signs may stand there.
      for (const match of template.replace(/\{\{[\s\S]*?\}\}/g, '').replace(/="[^"]*"/g, '').replace(/<[^>]*>/g, '\n').matchAll(/[A-Za-z]{3,}/g)) {
        expect(['Ctrl', 'Enter', 'Alt'], `${path}: ${match[0]}`).toContain(match[0])
      }
    }
  })
  it('that are named in the sources exist', () => {
    const known = new Set(keys(zh as Texts))
    for (const path of sources) {
      for (const match of readFileSync(path, 'utf8').matchAll(/\bt\('([\w.]+)'/g)) expect(known, `${path}: ${match[1]}`).toContain(match[1])
    }
  })
  it('that are named by a group and a code have that group', () => {
    for (const path of sources) {
      for (const match of readFileSync(path, 'utf8').matchAll(/(?:\bword\('|group="|\bt\(`)([a-zA-Z]+)(?:'|"|\.)/g)) expect(Object.keys(zh), path).toContain(match[1])
    }
  })
})
