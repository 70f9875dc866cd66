export const sleep = (ms) => new Promise((done) => setTimeout(done, ms))

export async function until(what, condition, ms = 60_000) {
  const end = Date.now() + ms
  for (;;) {
    const got = await condition()
    if (got) return got
    if (Date.now() > end) throw new Error(`waited in vain for ${what}`)
    await sleep(60)
  }
}
