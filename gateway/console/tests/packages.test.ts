// Debian 12 brings Node 18: nothing that is installed may want a newer one.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'

const DEBIAN = [18, 13] // Node of the first Debian 12

/** Of ranges as packages write them: "^18.0.0 || >=20.0.0", ">= 16.11". */
function takes(range: string): boolean {
  return range.split('||').some((one) => {
    const said = /^\s*(>=|\^|~)?\s*v?(\d+)(?:\.(\d+))?/.exec(one)
    if (!said) return one.trim() === '*'
    const [major, minor] = [Number(said[2]), Number(said[3] ?? 0)]
    if (said[1] === '>=') return DEBIAN[0]! > major || (DEBIAN[0] === major && DEBIAN[1]! >= minor)
    return DEBIAN[0] === major && DEBIAN[1]! >= minor
  })
}

it('every package of the lock file runs on Node 18', () => {
  const { packages } = JSON.parse(readFileSync(join(__dirname, '../package-lock.json'), 'utf8')) as { packages: Record<string, { engines?: { node?: string } }> }
  const newer = Object.entries(packages).filter(([, one]) => one.engines?.node && !takes(one.engines.node)).map(([name, one]) => `${name}: ${one.engines!.node}`)
  expect(newer).toEqual([])
})
