// What the browser tests share: the program with its demo data on a free port, a browser, one signed-in page for each role.
import { spawn } from 'node:child_process'
import fs from 'node:fs'
import { createRequire } from 'node:module'
import os from 'node:os'
import path from 'node:path'
import assert from 'node:assert/strict'

const require = createRequire(path.join(process.env.GUIYI_MODULES, 'x.js'))
const { chromium } = require('playwright-core')
const AxeBuilder = require('@axe-core/playwright').default
const SHOTS = process.env.GUIYI_SHOTS

export const sleep = (ms) => new Promise((done) => setTimeout(done, ms))

export async function until(what, condition, ms = 60_000) {
  const end = Date.now() + ms
  for (;;) {
    const got = await condition()
    if (got) return got
    if (Date.now() > end) throw new Error(`waited in vain for ${what}`)
    await sleep(150)
  }
}

/** The program with its demo in a folder of its own. */
export async function startHub() {
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
  const url = `http://${JSON.parse(first).http}`
  const access = await until('the demo keys', () => {
    try {
      const json = JSON.parse(fs.readFileSync(path.join(data, 'keys', 'demo-access.json'), 'utf8'))
      return Object.keys(json.passwords ?? {}).length >= 7 && json
    } catch {
      return null
    }
  })
  const api = async (who, method, target, body) => {
    const key = access.users[who] ?? access.sources[who]
    const response = await fetch(url + target, { method, headers: { Authorization: `Bearer ${key}`, 'Content-Type': 'application/json' }, body: body && JSON.stringify(body) })
    return response.headers.get('content-type')?.includes('json') ? response.json() : response.text()
  }
  return {
    url, access, api, data,
    async settled(least = 200) {
      await until('the demo petitions', async () => (await api('demo-oversight', 'GET', '/api/v1/oversight/summary')).intakes >= least, 180_000)
      await until('the follower', async () => (await (await fetch(`${url}/readyz`)).json()).backlog === 0, 120_000)
    },
    async stop() {
      child.kill('SIGTERM')
      await Promise.race([ended, sleep(15_000)])
      if (child.exitCode === null) child.kill('SIGKILL')
      fs.rmSync(data, { recursive: true, force: true })
    }
  }
}

export async function startBrowser() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM,
    args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--disable-dev-shm-usage']
  })
}

/** A page in a context of its own, with what it did wrong kept: errors of scripts, refusals of the policy, requests to elsewhere. */
export async function newPage(browser, hub, { width = 1440, height = 900, language = 'zh', theme = 'light' } = {}) {
  const context = await browser.newContext({ viewport: { width, height }, reducedMotion: 'reduce', baseURL: hub.url })
  await context.addInitScript(([said, wanted]) => {
    if (!localStorage.getItem('guiyi-language')) localStorage.setItem('guiyi-language', said)
    if (!localStorage.getItem('guiyi-theme')) localStorage.setItem('guiyi-theme', wanted)
  }, [language, theme])
  const page = await context.newPage()
  page.wrong = []
  page.on('pageerror', (error) => page.wrong.push(`script: ${error.message}`))
  page.on('console', (message) => {
    const text = message.text()
    if (message.type() === 'error' && !/Failed to load resource/.test(text)) page.wrong.push(`console: ${text}`)
    if (message.type() === 'warning' && /intlify|Vue warn/.test(text)) page.wrong.push(`warning: ${text}`)
  })
  page.on('request', (request) => {
    if (!/^(blob|data):/.test(request.url()) && !request.url().startsWith(hub.url)) page.wrong.push(`elsewhere: ${request.url()}`)
  })
  return page
}

export async function signIn(page, hub, name) {
  await page.goto('/')
  await page.fill('#name', name)
  await page.fill('#password', hub.access.passwords[name])
  await page.press('#password', 'Enter')
  await page.waitForSelector('#main-content')
  await quiet(page)
}

/** Waits until nothing is loading. */
export async function quiet(page) {
  await page.waitForLoadState('networkidle').catch(() => {})
  await page.waitForFunction(() => !document.querySelector('.loading'), null, { timeout: 20_000 })
  await page.waitForTimeout(150)
}

export async function axe(page, where) {
  const found = await new AxeBuilder({ page }).options({ resultTypes: ['violations'] }).analyze()
  const said = found.violations.map((one) => `${one.id} (${one.impact}): ${one.help}\n    ` + one.nodes.slice(0, 3).map((node) => `${node.html.slice(0, 160)} ${node.any[0]?.message ?? node.all[0]?.message ?? ''}`).join('\n    '))
  assert.equal(said.length, 0, `${where}:\n  ${said.join('\n  ')}`)
}

export async function shot(page, name) {
  if (SHOTS) await page.screenshot({ path: path.join(SHOTS, `${name}.png`), fullPage: true })
}

export function nothingWrong(page) {
  assert.deepEqual(page.wrong, [])
}

/** Nothing sticks out to the side. */
export async function fits(page, where) {
  const over = await page.evaluate(() => {
    const wide = document.documentElement.scrollWidth - document.documentElement.clientWidth
    return wide > 1 ? `${wide}px, widest: ` + [...document.querySelectorAll('body *')].filter((e) => e.getBoundingClientRect().right > innerWidth + 1 && !e.closest('.table-wrap, pre')).slice(0, 3).map((e) => e.outerHTML.slice(0, 100)).join(' | ') : ''
  })
  assert.equal(over, '', `${where} is wider than the window by ${over}`)
}
