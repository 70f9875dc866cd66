// Every page in both languages, both themes, wide and narrow: no violation found by axe, nothing wider than the window, no script error, no request to elsewhere.
// Each role signs in once; the page's own switches change how it looks, and places are gone to as links go.
import { after, before, describe, test } from 'node:test'
import { axe, fits, joinBrowser, joinProgram, newPage, nothingWrong, shot, signIn, until, visit, wear } from './support.mjs'

const hub = joinProgram()
let browser, someCase, someIntake
before(async () => {
  browser = await joinBrowser()
  await hub.settled()
  const found = await until('a case of several', async () => {
    const hits = await hub.api('demo-reviewer', 'POST', '/api/v1/cases/search', { words: '电梯', limit: 50 })
    for (const one of hits.cases ?? []) {
      if (!one.caseNo) continue
      const whole = await hub.api('demo-reviewer', 'GET', `/api/v1/cases/${one.caseNo}`)
      if (whole.size > 1) return whole
    }
    return null
  })
  someCase = found.caseNo
  someIntake = found.members[1].intakeNo
})
after(() => browser?.close())

const PLACES = {
  'demo-operator': { operator: () => '/console/operator', account: () => '/console/account' },
  'demo-reviewer': { reviews: () => '/console/reviews', cases: () => '/console/cases', case: () => `/console/cases/${someCase}`, intake: () => `/console/intakes/${someIntake}`, nowhere: () => '/console/nowhere',
    'print-receipt': () => `/console/intakes/${someIntake}/print/receipt`, 'print-rights': () => `/console/intakes/${someIntake}/print/rights`, 'print-instruction': () => `/console/intakes/${someIntake}/print/instruction` },
  'demo-oversight': { oversight: () => '/console/oversight', exceptions: () => '/console/oversight/exceptions', clocks: () => '/console/oversight/clocks', items: () => '/console/oversight/intakes', sorted: () => '/console/oversight/intakes?sort=-received', registered: () => '/console/oversight/registered', historic: () => '/console/oversight/registered?which=historic', 'case-list': () => '/console/oversight/cases?which=groups', questions: () => '/console/oversight/questions', calls: () => '/console/oversight/calls', reconciliation: () => '/console/oversight/reconciliation', deliveries: () => '/console/deliveries', ledger: () => '/console/ledger', lookup: () => `/console/oversight/lookup?number=${someIntake}`, 'case-watched': () => `/console/cases/${someCase}`, 'intake-watched': () => `/console/intakes/${someIntake}` },
  'demo-department': { 'sources-own': () => '/console/sources', source: () => '/console/sources/dept-housing', quarantine: () => '/console/quarantine' },
  'demo-admin': { users: () => '/console/users', sources: () => '/console/sources', system: () => '/console/system' }
}
/** The first two: each language, each theme and each width once. All there are, and a wide window at 200 %, by `./test --full`. */
const LOOKS = [
  { language: 'zh', theme: 'light', width: 1440 }, { language: 'en', theme: 'dark', width: 360, height: 740 },
  { language: 'zh', theme: 'dark', width: 360, height: 740 }, { language: 'en', theme: 'light', width: 1440 },
  { language: 'zh', theme: 'light', width: 360, height: 740 }, { language: 'en', theme: 'dark', width: 1440 },
  { language: 'zh', theme: 'dark', width: 1440 }, { language: 'en', theme: 'light', width: 360, height: 740 },
  { language: 'en', theme: 'light', width: 720, height: 450 }
].slice(0, process.env.GUIYI_FULL ? 9 : 2)
const nameOf = (look) => `${look.language}-${look.theme}-${look.width}`

describe('every page in every look', { concurrency: 3 }, () => {
  test('the sign-in page', async () => {
    const page = await newPage(browser, hub)
    await page.goto('/')
    await page.waitForSelector('#name')
    for (const look of LOOKS) {
      await wear(page, look)
      await axe(page, `sign-in ${nameOf(look)}`)
      await fits(page, `sign-in ${nameOf(look)}`)
      await shot(page, `sign-in-${nameOf(look)}`)
    }
    nothingWrong(page)
    await page.context().close()
  })
  for (const [user, places] of Object.entries(PLACES)) {
    test(`the pages of ${user}`, async () => {
      const page = await newPage(browser, hub)
      await signIn(page, hub, user)
      for (const look of LOOKS) {
        await visit(page, '/console/account') // paper has no switches
        await wear(page, look)
        for (const [place, target] of Object.entries(places)) {
          await visit(page, target())
          await shot(page, `${place}-${nameOf(look)}`)
          await axe(page, `${place} ${nameOf(look)}`, { allRows: LOOKS.indexOf(look) < 2 })
          await fits(page, `${place} ${nameOf(look)}`)
        }
      }
      nothingWrong(page)
      await page.context().close()
    })
  }
  test('the page where a petitioner checks a receipt in the browser', async () => {
    const page = await newPage(browser, hub)
    await page.goto('/console/receipt')
    await page.waitForSelector('#receipt')
    for (const look of LOOKS) {
      await wear(page, look)
      await axe(page, `receipt ${nameOf(look)}`)
      await fits(page, `receipt ${nameOf(look)}`)
      await shot(page, `receipt-${nameOf(look)}`)
    }
    nothingWrong(page)
    await page.context().close()
  })
  test('the petitioner’s page, which works without JavaScript', async () => {
    for (const look of LOOKS) {
      const context = await browser.newContext({ viewport: { width: look.width, height: look.height ?? 900 }, javaScriptEnabled: false, colorScheme: look.theme, baseURL: hub.url })
      const page = await context.newPage()
      await page.goto('/progress')
      await page.fill('#intakeNo', someIntake)
      await page.fill('#queryCode', 'wrong')
      await page.click('button[type=submit]')
      await page.waitForSelector('.result')
      await shot(page, `progress-${look.theme}-${look.width}`)
      await context.close()
    }
    const context = await browser.newContext({ viewport: { width: 360, height: 740 }, baseURL: hub.url })
    const page = await context.newPage()
    await page.goto('/progress')
    await axe(page, 'progress')
    await fits(page, 'progress')
    await context.close()
  })
})
