// How quickly the console answers, with whatever a running hub holds: node tests/browser/measure.mjs --url URL --modules build/console/work/node_modules --operator NAME --oversight NAME --reviewer NAME --passwords FILE.json [--times 15]
// FILE.json: {"NAME": "password"}. Each time is taken in the page, from the act until the frame that shows everything it asked for is painted. Words to type and search for are taken from what is stored.
import fs from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { parseArgs } from 'node:util'

const { values: args } = parseArgs({ options: { url: { type: 'string' }, modules: { type: 'string' }, operator: { type: 'string' }, oversight: { type: 'string' }, reviewer: { type: 'string' }, passwords: { type: 'string' }, times: { type: 'string', default: '15' }, chromium: { type: 'string', default: '/usr/bin/chromium' } } })
const passwords = JSON.parse(fs.readFileSync(args.passwords, 'utf8'))
const times = Number(args.times)
const { chromium } = createRequire(path.join(path.resolve(args.modules), 'x.js'))('playwright-core')
const browser = await chromium.launch({ executablePath: args.chromium, args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--disable-dev-shm-usage'] })

/** Counts what the page asks for, before any script of it runs. */
function countCalls() {
  const calls = (window.__calls = { started: 0, running: 0 })
  const ask = window.fetch
  window.fetch = async (...given) => {
    ++calls.started
    ++calls.running
    try {
      const answer = await ask(...given)
      const body = await answer.blob() // it counts as there when it is there whole
      return new Response(answer.status === 204 || answer.status === 304 ? null : body, { status: answer.status, headers: answer.headers })
    } finally {
      --calls.running
    }
  }
}

async function enter(name) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, baseURL: args.url })
  await context.addInitScript(countCalls)
  const page = await context.newPage()
  await page.goto('/')
  await page.fill('#name', name)
  await page.fill('#password', passwords[name])
  await page.press('#password', 'Enter')
  await page.waitForSelector('#main-content')
  await act(page, { go: '/console/account' }, false)
  return page
}

/** One act in the page; answers milliseconds until what it asked for was drawn. */
const act = (page, what, asks = true) => page.evaluate(([deed, waits]) => new Promise((done, failed) => {
  const calls = window.__calls
  const before = calls.started
  const begun = performance.now()
  if (deed.go) {
    history.pushState({}, '', deed.go)
    dispatchEvent(new PopStateEvent('popstate', { state: {} }))
  } else {
    const element = document.querySelectorAll(deed.on)[deed.nth ?? 0]
    if (!element) return failed(new Error(`nothing is at ${deed.on}`))
    if (deed.value === undefined) element.click()
    else {
      element.value = deed.value
      element.dispatchEvent(new Event(element.tagName === 'SELECT' || deed.change ? 'change' : 'input', { bubbles: true }))
    }
  }
  // What is there when a frame begins is painted before the next task; it counts when the next frame asks for no more.
  let painted = 0
  const look = () => {
    const there = (!waits || calls.started > before) && calls.running === 0 && !document.querySelector('.loading')
    if (!there) painted = 0
    else if (painted) return done(painted - begun)
    else setTimeout(() => { painted = performance.now() })
    if (performance.now() - begun > 15_000) return failed(new Error(`waited in vain after ${JSON.stringify(deed)}`))
    requestAnimationFrame(look)
  }
  requestAnimationFrame(look)
}), [what, asks])

const rows = []
async function measure(name, once, count = times) {
  const taken = []
  for (let n = 0; n < count; ++n) taken.push(await once(n))
  taken.sort((a, b) => a - b)
  const at = (share) => taken[Math.min(taken.length - 1, Math.floor(taken.length * share))]
  rows.push([name, at(0.5), at(0.95), taken.at(-1)])
}

const watcher = await enter(args.oversight)
await measure('oversight: the first page', async () => { await act(watcher, { go: '/console/account' }, false); return act(watcher, { go: '/console/oversight' }) })
await measure('oversight: intakes behind a figure', async () => { await act(watcher, { go: '/console/account' }, false); return act(watcher, { go: '/console/oversight/intakes' }) })
await measure('oversight: the next page of it', () => act(watcher, { on: 'nav.pager button', nth: 1 }))
await act(watcher, { go: '/console/oversight/registered' })
await measure('oversight: a filter', (n) => act(watcher, { on: '#relation', value: ['duplicate', 'joint', 'supplement', 'new'][n % 4] }))
await measure('oversight: clocks', async () => { await act(watcher, { go: '/console/account' }, false); return act(watcher, { go: '/console/oversight/clocks' }) })
await measure('oversight: reconciliation', async () => { await act(watcher, { go: '/console/account' }, false); return act(watcher, { go: '/console/oversight/reconciliation' }) })
await measure('oversight: exceptions', async () => { await act(watcher, { go: '/console/account' }, false); return act(watcher, { go: '/console/oversight/exceptions' }) })
const listed = await watcher.evaluate(async () => (await (await fetch('/api/v1/oversight/intakes?limit=200')).json()).intakes)

const reader = await enter(args.reviewer)
await measure('reviewer: open a submission', (n) => act(reader, { go: `/console/intakes/${listed[n * 7 % listed.length].intakeNo}` }))
await measure('reviewer: open a case', (n) => act(reader, { go: `/console/cases/${listed[(n * 11 + 3) % listed.length].caseNo}` }))
await measure('reviewer: the queue', async () => { await act(reader, { go: '/console/account' }, false); return act(reader, { go: '/console/reviews' }) })
const texts = []
for (let n = 0; n < times; ++n) {
  const whole = await reader.evaluate(async (no) => (await fetch(`/api/v1/intakes/${no}`)).json(), listed[n * 13 % listed.length].intakeNo)
  texts.push(whole.submission?.content ?? whole.content ?? '')
}
await act(reader, { go: '/console/cases' }, false)
await reader.waitForSelector('#words')
await measure('reviewer: search words', async (n) => { await act(reader, { on: '#words', value: texts[n].slice(4, 10) }, false); return act(reader, { on: 'form button[type=submit]' }) })

const caller = await enter(args.operator)
await act(caller, { go: '/console/operator' }, false)
await caller.waitForSelector('#content')
await measure('operator: earlier matters, from the last key', async (n) => {
  await act(caller, { on: '#content', value: texts[n].slice(0, 40) })
  return act(caller, { on: '#content', value: texts[n].slice(0, 60) })
})
await browser.close()

const width = Math.max(...rows.map(([name]) => name.length))
console.log(`${'milliseconds'.padEnd(width)}  median    95 %     max`)
for (const [name, ...figures] of rows) console.log(`${name.padEnd(width)}${figures.map((one) => one.toFixed(0).padStart(8)).join('')}`)
