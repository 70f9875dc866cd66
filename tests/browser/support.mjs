// What the browser tests share: the way to the program of this run, a page that keeps what it did wrong, how it looks, and when it is at rest.
import assert from 'node:assert/strict'
import fs from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { accessOf } from './servers.mjs'
import { until } from './waiting.mjs'

export { joinBrowser } from './servers.mjs'
export { until } from './waiting.mjs'
const require = createRequire(path.join(process.env.GUIYI_MODULES, 'x.js'))
const AXE = fs.readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8')
const SHOTS = process.env.GUIYI_SHOTS

/** The program of this run. */
export function joinProgram() {
  const url = process.env.GUIYI_URL
  const access = accessOf(process.env.GUIYI_DATA)
  const api = async (who, method, target, body) => {
    const key = access.users[who] ?? access.sources[who]
    const response = await fetch(url + target, { method, headers: { Authorization: `Bearer ${key}`, 'Content-Type': 'application/json' }, body: body && JSON.stringify(body) })
    return response.headers.get('content-type')?.includes('json') ? response.json() : response.text()
  }
  return {
    url, access, api,
    async settled(least = 200) {
      await until('the demo petitions', async () => (await api('demo-oversight', 'GET', '/api/v1/oversight/summary')).intakes >= least, 180_000)
      await until('the follower', async () => (await (await fetch(`${url}/readyz`)).json()).backlog === 0, 120_000)
    }
  }
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
  page.pending = new Set()
  page.on('pageerror', (error) => page.wrong.push(`script: ${error.message}`))
  page.on('console', (message) => {
    const text = message.text()
    if (message.type() === 'error' && !/Failed to load resource/.test(text)) page.wrong.push(`console: ${text}`)
    if (message.type() === 'warning' && /intlify|Vue warn/.test(text)) page.wrong.push(`warning: ${text}`)
  })
  page.on('request', (request) => {
    page.pending.add(request)
    if (!/^(blob|data):/.test(request.url()) && !request.url().startsWith(hub.url)) page.wrong.push(`elsewhere: ${request.url()}`)
  })
  for (const end of ['requestfinished', 'requestfailed']) page.on(end, (request) => page.pending.delete(request))
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

/** Waits until nothing is on its way, nothing is loading, and what came was drawn. */
export async function quiet(page) {
  const atRest = () => page.pending.size === 0 && page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(!document.querySelector('.loading'))))))
  await until('the page to be at rest', async () => (await atRest()) && (await atRest()), 30_000)
}

/** To another place without loading the page anew, as a link would. */
export async function visit(page, target) {
  await page.evaluate((path) => {
    history.pushState({}, '', path)
    dispatchEvent(new PopStateEvent('popstate', { state: {} }))
  }, target)
  await page.waitForSelector('main')
  await quiet(page)
}

/** Language, theme and size by the page's own switches. */
export async function wear(page, { language, theme, width, height = 900 }) {
  await page.setViewportSize({ width, height })
  const [said, dark] = await page.evaluate(() => [document.documentElement.lang === 'en' ? 'en' : 'zh', document.documentElement.classList.contains('dark')])
  if (said !== language) await page.click('.preferences button:first-child')
  if (dark !== (theme === 'dark')) await page.click('.preferences button:last-child')
  await page.waitForFunction(([tongue, wanted]) => document.documentElement.lang.startsWith(tongue) && document.documentElement.classList.contains('dark') === wanted, [language, theme === 'dark'])
  await quiet(page)
}

/** Rows of a long list are alike: all of them are looked at in one look of each theme, in the others the first of each. */
const ALIKE = [['tbody tr:nth-child(n+7)'], ['.results li:nth-child(n+7)'], ['.queue li:nth-child(n+7)']]

export async function axe(page, where, { allRows = true } = {}) {
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(`${AXE};0`)
  const said = await page.evaluate(async (exclude) => {
    const found = await window.axe.run({ include: [['html']], exclude: exclude.filter(([one]) => document.querySelector(one)) }, { resultTypes: ['violations'] })
    return found.violations.map((one) => `${one.id} (${one.impact}): ${one.help}\n    ` + one.nodes.slice(0, 3).map((node) => `${node.html.slice(0, 160)} ${node.any[0]?.message ?? node.all[0]?.message ?? ''}`).join('\n    '))
  }, allRows ? [] : ALIKE)
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
