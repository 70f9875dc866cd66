// Builds the page once for all builds of the same sources and packs its files into one, which the program embeds.
//   node build.mjs --source DIR --shared DIR --out FILE
// The shared folder (in the build tree, or a cache of the caller's) holds a working copy with node_modules, installed
// anew only when package-lock.json changed, and one pack for each state of the sources; a lock keeps two builds apart.
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import zlib from 'node:zlib'
import { parseArgs } from 'node:util'

const { values: args } = parseArgs({ options: { source: { type: 'string' }, shared: { type: 'string' }, out: { type: 'string' } } })
const source = path.resolve(args.source)
const shared = path.resolve(args.shared)
const work = path.join(shared, 'work')

const LEFT_OUT = new Set(['node_modules', 'dist', 'tests', 'README.md'])

function* filesBelow(folder, prefix = '') {
  for (const entry of fs.readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const name = prefix + entry.name
    if (entry.name === 'node_modules' || entry.name === 'dist') continue
    if (entry.isDirectory()) yield* filesBelow(path.join(folder, entry.name), name + '/')
    else yield name
  }
}

const hashOf = (bytes) => createHash('sha256').update(bytes).digest('hex')

function stampOf(names) {
  const hash = createHash('sha256')
  for (const name of names) hash.update(name).update('\0').update(hashOf(fs.readFileSync(path.join(source, name)))).update('\n')
  return hash.digest('hex').slice(0, 24)
}

async function withLock(what) {
  fs.mkdirSync(shared, { recursive: true })
  const lock = path.join(shared, 'lock')
  for (;;) {
    try {
      fs.writeFileSync(lock, String(process.pid), { flag: 'wx' })
      break
    } catch {
      // Left behind by a build that was ended: its process is gone.
      const holder = Number(fs.existsSync(lock) && fs.readFileSync(lock, 'utf8'))
      if (holder && !isRunning(holder)) fs.rmSync(lock, { force: true })
      await new Promise((done) => setTimeout(done, 300))
    }
  }
  try {
    return what()
  } finally {
    fs.rmSync(lock, { force: true })
  }
}

function isRunning(pid) {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error.code === 'EPERM'
  }
}

function copySources(names) {
  const wanted = new Set(names)
  fs.mkdirSync(work, { recursive: true })
  for (const name of filesBelow(work)) {
    if (!wanted.has(name)) fs.rmSync(path.join(work, name))
  }
  for (const name of names) {
    const to = path.join(work, name)
    const bytes = fs.readFileSync(path.join(source, name))
    if (fs.existsSync(to) && fs.readFileSync(to).equals(bytes)) continue
    fs.mkdirSync(path.dirname(to), { recursive: true })
    fs.writeFileSync(to, bytes)
  }
}

function run(...command) {
  execFileSync(command[0], command.slice(1), { cwd: work, stdio: ['ignore', 'inherit', 'inherit'] })
}

function install() {
  const stamp = path.join(work, 'node_modules', '.guiyi-lock')
  const lock = hashOf(fs.readFileSync(path.join(work, 'package-lock.json')))
  if (fs.existsSync(stamp) && fs.readFileSync(stamp, 'utf8') === lock) return
  run('npm', 'ci', '--no-audit', '--no-fund', '--loglevel=error')
  fs.writeFileSync(stamp, lock)
}

const TYPES = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript; charset=utf-8', '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml', '.json': 'application/json', '.woff2': 'font/woff2', '.png': 'image/png' }

// "GYC1", length of the index in 8 digits, the index, the bytes. console_calls.cc reads it.
function pack(dist) {
  const index = []
  const parts = []
  let at = 0
  const add = (bytes) => {
    parts.push(bytes)
    at += bytes.length
    return [at - bytes.length, bytes.length]
  }
  for (const name of filesBelow(dist)) {
    const bytes = fs.readFileSync(path.join(dist, name))
    const row = { path: name, type: TYPES[path.extname(name)] ?? 'application/octet-stream', tag: `"${hashOf(bytes).slice(0, 32)}"`,
      lasting: name.startsWith('assets/'), plain: add(bytes) }
    const gzip = zlib.gzipSync(bytes, { level: 9 })
    const br = zlib.brotliCompressSync(bytes, { params: { [zlib.constants.BROTLI_PARAM_QUALITY]: 11, [zlib.constants.BROTLI_PARAM_SIZE_HINT]: bytes.length } })
    if (gzip.length < bytes.length * 0.95) row.gzip = add(gzip)
    if (br.length < bytes.length * 0.95) row.br = add(br)
    index.push(row)
  }
  const head = Buffer.from(JSON.stringify(index))
  return Buffer.concat([Buffer.from('GYC1' + String(head.length).padStart(8, '0')), head, ...parts])
}

function writeWhole(file, bytes) {
  fs.mkdirSync(path.dirname(file), { recursive: true })
  fs.writeFileSync(file + '.part', bytes)
  fs.renameSync(file + '.part', file)
}

const names = [...filesBelow(source)]
const built = names.filter((name) => !LEFT_OUT.has(name.split('/')[0]))
const kept = path.join(shared, `console-${stampOf(built)}.pack`)
await withLock(() => {
  copySources(names)
  if (fs.existsSync(kept)) return
  install()
  fs.rmSync(path.join(work, 'dist'), { recursive: true, force: true })
  run('npm', 'run', '--silent', 'build', '--', '--logLevel', 'warn')
  writeWhole(kept, pack(path.join(work, 'dist')))
  const old = fs.readdirSync(shared).filter((name) => name.endsWith('.pack')).map((name) => path.join(shared, name))
  old.sort((a, b) => fs.statSync(b).mtimeMs - fs.statSync(a).mtimeMs).slice(4).forEach((file) => fs.rmSync(file))
})
writeWhole(path.resolve(args.out), fs.readFileSync(kept))
