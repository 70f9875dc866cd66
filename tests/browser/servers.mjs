// What all browser tests of a run share: the program with its demo data on a free port, and one browser.
import { spawn } from 'node:child_process'
import fs from 'node:fs'
import { createRequire } from 'node:module'
import os from 'node:os'
import path from 'node:path'
import { until, sleep } from './waiting.mjs'

const require = createRequire(path.join(process.env.GUIYI_MODULES, 'x.js'))
const { chromium } = require('playwright-core')

export const accessOf = (data) => {
  try {
    const json = JSON.parse(fs.readFileSync(path.join(data, 'keys', 'demo-access.json'), 'utf8'))
    return Object.keys(json.passwords ?? {}).length >= 7 && json
  } catch {
    return null
  }
}

export async function startProgram() {
  const data = fs.mkdtempSync(path.join(os.tmpdir(), 'guiyi-browser-'))
  const child = spawn(process.env.GUIYI_BINARY, ['serve', '--demo', '--data', data, '--http', '127.0.0.1:0', '--rpc', '127.0.0.1:0'], { stdio: ['ignore', 'pipe', 'pipe'] })
  let out = ''
  let log = ''
  child.stdout.on('data', (bytes) => (out += bytes))
  child.stderr.on('data', (bytes) => (log = (log + bytes).slice(-4000)))
  const ended = new Promise((done) => child.on('exit', done))
  const first = await until('the first line', () => {
    if (child.exitCode !== null) throw new Error(`the program ended: ${log}`)
    return out.includes('\n') && out.slice(0, out.indexOf('\n'))
  })
  await until('the demo keys', () => accessOf(data))
  return {
    url: `http://${JSON.parse(first).http}`, data,
    async stop() {
      child.kill('SIGTERM')
      await Promise.race([ended, sleep(15_000)])
      if (child.exitCode === null) child.kill('SIGKILL')
      fs.rmSync(data, { recursive: true, force: true })
    }
  }
}

export const startBrowserServer = () => chromium.launchServer({
  executablePath: process.env.CHROMIUM,
  args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--disable-dev-shm-usage']
})
export const joinBrowser = () => chromium.connect(process.env.GUIYI_BROWSER)
