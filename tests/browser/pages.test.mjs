// Every page, in both languages and both themes, wide and narrow: no violation found by axe, nothing wider than the window, no script error, no request to elsewhere.
import { after, before, test } from 'node:test'
import { axe, fits, newPage, nothingWrong, quiet, shot, signIn, startBrowser, startHub, until } from './support.mjs'

let hub, browser, someCase, someIntake
before(async () => {
  hub = await startHub()
  browser = await startBrowser()
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
after(async () => {
  await browser?.close()
  await hub?.stop()
})

const PLACES = {
  'demo-operator': { operator: () => '/console/operator', account: () => '/console/account' },
  'demo-reviewer': { reviews: () => '/console/reviews', cases: () => '/console/cases', case: () => `/console/cases/${someCase}`, intake: () => `/console/intakes/${someIntake}`,
    'print-receipt': () => `/console/intakes/${someIntake}/print/receipt`, 'print-rights': () => `/console/intakes/${someIntake}/print/rights`, 'print-instruction': () => `/console/intakes/${someIntake}/print/instruction`, nowhere: () => '/console/nowhere' },
  'demo-oversight': { oversight: () => '/console/oversight', exceptions: () => '/console/oversight/exceptions', clocks: () => '/console/oversight/clocks', items: () => '/console/oversight/intakes', reconciliation: () => '/console/oversight/reconciliation', deliveries: () => '/console/deliveries', ledger: () => '/console/ledger' },
  'demo-department': { 'sources-own': () => '/console/sources', source: () => '/console/sources/dept-housing', quarantine: () => '/console/quarantine' },
  'demo-admin': { users: () => '/console/users', sources: () => '/console/sources' }
}
const LOOKS = [
  { language: 'zh', theme: 'light', width: 1440 }, { language: 'zh', theme: 'dark', width: 360, height: 740 },
  { language: 'en', theme: 'dark', width: 1440 }, { language: 'en', theme: 'light', width: 360, height: 740 }
]

for (const look of LOOKS) {
  const name = `${look.language}-${look.theme}-${look.width}`
  test(`the sign-in page, ${name}`, async () => {
    const page = await newPage(browser, hub, look)
    await page.goto('/')
    await page.waitForSelector('#name')
    await axe(page, 'sign-in')
    await fits(page, 'sign-in')
    await shot(page, `sign-in-${name}`)
    nothingWrong(page)
    await page.context().close()
  })
  for (const [user, places] of Object.entries(PLACES)) {
    test(`the pages of ${user}, ${name}`, async () => {
      const page = await newPage(browser, hub, look)
      await signIn(page, hub, user)
      for (const [place, path] of Object.entries(places)) {
        await page.goto(path())
        await page.waitForSelector('main')
        await quiet(page)
        await shot(page, `${place}-${name}`)
        await axe(page, place)
        await fits(page, place)
      }
      nothingWrong(page)
      await page.context().close()
    })
  }
}

test('the petitioner’s page works without JavaScript', async () => {
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
