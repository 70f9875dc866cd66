// What the operator's page loads first, as it comes over the wire: under 350 KB compressed, without charts.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { newPage, signIn, joinBrowser, joinProgram } from './support.mjs'

const KB_MAX = 350
const hub = joinProgram()
let browser
before(async () => {
  browser = await joinBrowser()
})
after(() => browser?.close())

test(`the operator's page comes in under ${KB_MAX} KB`, async () => {
  const page = await newPage(browser, hub)
  await signIn(page, hub, 'demo-operator')
  const fresh = await browser.newContext({ storageState: await page.context().storageState(), baseURL: hub.url })
  const cold = await fresh.newPage()
  const sizes = []
  cold.on('response', (response) => sizes.push(response.request().sizes().then((size) => ({ url: response.url(), bytes: size.responseBodySize + size.responseHeadersSize }))))
  await cold.goto('/console/operator')
  await cold.waitForSelector('#callingNumber')
  await cold.waitForLoadState('networkidle')
  const all = (await Promise.all(sizes)).filter((one) => !one.url.includes('/api/'))
  const kb = all.reduce((sum, one) => sum + one.bytes, 0) / 1024
  console.log(`first load of the operator's page: ${kb.toFixed(1)} KB in ${all.length} files`)
  assert.ok(kb > 20 && kb < KB_MAX, `${kb} KB`)
  assert.ok(!all.some((one) => /ChartTable|charts/.test(one.url)), 'charts are loaded when needed')
  await fresh.close()
})
