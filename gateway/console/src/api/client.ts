// The one way to the server: JSON over the public interface, with the session's cookie and its second token. Whatever goes
// wrong is a Problem, with the server's own stable code where there is one.
import { language } from '@/language'

export interface FieldProblem { pointer: string; code: string; message: string }

export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly fields: FieldProblem[] = [],
    readonly retryAfter = 0,
    readonly ledgerIndex?: number
  ) {
    super(message)
  }
  /** Nothing reached the server, or nothing came back: whether it acted is not known. */
  get offline() { return this.code === 'offline' }
}

export interface CallOptions {
  query?: Record<string, string | number | undefined>
  body?: unknown
  signal?: AbortSignal
  /** Personal data unmasked; the server puts each such reading on record. */
  personal?: boolean
  keepalive?: boolean
}

let csrf = ''
let whenEnded: () => void = () => {}
export function useToken(token: string) { csrf = token }
export function onSessionEnded(act: () => void) { whenEnded = act }

function target(path: string, options: CallOptions) {
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(options.query ?? {})) {
    if (value !== undefined && value !== '') query.set(name, String(value))
  }
  if (options.personal) query.set('personal', 'show')
  const text = query.toString()
  return text ? `${path}?${text}` : path
}

async function problemOf(response: Response): Promise<Problem> {
  const retryAfter = Number(response.headers.get('Retry-After') ?? 0)
  try {
    const json = await response.json()
    return new Problem(response.status, json.code ?? 'unknown', json.detail ?? json.title ?? '', json.errors ?? [], retryAfter, json.ledgerIndex)
  } catch {
    return new Problem(response.status, 'unknown', '', [], retryAfter)
  }
}

export async function request(method: string, path: string, options: CallOptions = {}): Promise<Response> {
  const headers: Record<string, string> = { 'Accept-Language': language.value === 'en' ? 'en' : 'zh-CN' }
  if (options.body !== undefined) headers['Content-Type'] = 'application/json'
  if (method !== 'GET') headers['X-CSRF-Token'] = csrf
  let response: Response
  try {
    response = await fetch(target(path, options), {
      method,
      headers,
      body: options.body === undefined ? undefined : JSON.stringify(options.body),
      signal: options.signal,
      credentials: 'same-origin',
      keepalive: options.keepalive
    })
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error
    throw new Problem(0, 'offline', '')
  }
  if (response.ok) return response
  const problem = await problemOf(response)
  if (problem.code === 'session_ended' || problem.code === 'key_missing') whenEnded()
  throw problem
}

export async function call<T>(method: string, path: string, options: CallOptions = {}): Promise<T> {
  const response = await request(method, path, options)
  return (await response.json()) as T
}

export const get = <T>(path: string, options?: CallOptions) => call<T>('GET', path, options)
export const post = <T>(path: string, body?: unknown, options?: CallOptions) => call<T>('POST', path, { ...options, body })
export const isAbort = (error: unknown) => error instanceof DOMException && error.name === 'AbortError'
