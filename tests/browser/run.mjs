// Runs the browser tests against the real program: node run.mjs --binary build/release/guiyi --modules build/console/work/node_modules [test file...]
// One program with its demo data and one browser serve all files, one after the other: the paths count on a demo that has come in whole. Exit status 77 (skipped, for CTest) where there is no Chromium.
import { spawn } from 'node:child_process'
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
Object.assign(process.env, { CHROMIUM: chromium, GUIYI_BINARY: path.resolve(args.binary), GUIYI_MODULES: path.resolve(args.modules) })

const { startBrowserServer, startProgram } = await import('./servers.mjs')
let program, browser
let status = 1
try {
  ;[program, browser] = await Promise.all([startProgram(), startBrowserServer()])
  const ran = spawn(process.execPath, ['--test', '--test-concurrency=1', '--test-reporter=spec', ...files], {
    stdio: 'inherit',
    env: { ...process.env, GUIYI_URL: program.url, GUIYI_DATA: program.data, GUIYI_BROWSER: browser.wsEndpoint() }
  })
  status = await new Promise((done) => ran.on('exit', done))
} finally {
  await browser?.close()
  await program?.stop()
}
process.exit(status ?? 1)
