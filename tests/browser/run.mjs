// Runs the browser tests against the real program: node run.mjs --binary build/release/guiyi --modules build/console/work/node_modules [test file...]
// Exit status 77 (skipped, for CTest) where there is no Chromium.
import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { parseArgs } from 'node:util'

const { values: args, positionals } = parseArgs({ options: { binary: { type: 'string' }, modules: { type: 'string' } }, allowPositionals: true })
const chromium = [process.env.CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((file) => file && fs.existsSync(file))
if (!chromium) {
  console.log('SKIPPED: there is no Chromium (Debian package chromium, or its path in $CHROMIUM)')
  process.exit(77)
}
const here = import.meta.dirname ?? path.dirname(new URL(import.meta.url).pathname)
const files = positionals.length ? positionals.map((file) => path.resolve(file)) : fs.readdirSync(here).filter((name) => name.endsWith('.test.mjs')).map((name) => path.join(here, name))
const ran = spawnSync(process.execPath, ['--test', '--test-concurrency=1', '--test-reporter=spec', ...files], {
  stdio: 'inherit',
  env: { ...process.env, CHROMIUM: chromium, GUIYI_BINARY: path.resolve(args.binary), GUIYI_MODULES: path.resolve(args.modules) }
})
process.exit(ran.status ?? 1)
