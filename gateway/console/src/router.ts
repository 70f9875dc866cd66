// The places of the console. Each is loaded when it is first opened; `needs` names the call without which it makes no sense (the server refuses in any case).
import { createRouter, createWebHistory, type RouteRecordRaw } from 'vue-router'
import { can, session } from '@/session'

declare module 'vue-router' {
  interface RouteMeta { needs?: string; open?: boolean; bare?: boolean }
}

const routes: RouteRecordRaw[] = [
  { path: '/', name: 'home', component: () => import('@/pages/HomePage.vue') },
  { path: '/sign-in', name: 'sign-in', component: () => import('@/pages/SignInPage.vue'), meta: { open: true, bare: true } },
  { path: '/operator', name: 'operator', component: () => import('@/pages/operator/OperatorPage.vue'), meta: { needs: 'preview' } },
  { path: '/reviews', name: 'reviews', component: () => import('@/pages/reviews/ReviewPage.vue'), meta: { needs: 'read_reviews' } },
  { path: '/cases', name: 'cases', component: () => import('@/pages/cases/SearchPage.vue'), meta: { needs: 'search_cases' } },
  { path: '/cases/:caseNo', name: 'case', component: () => import('@/pages/cases/CasePage.vue'), meta: { needs: 'read_case' } },
  { path: '/intakes/:intakeNo', name: 'intake', component: () => import('@/pages/cases/IntakePage.vue'), meta: { needs: 'read_intake' } },
  { path: '/intakes/:intakeNo/print/:form', name: 'print', component: () => import('@/pages/print/PrintPage.vue'), meta: { needs: 'read_intake', bare: true } },
  { path: '/oversight', name: 'oversight', component: () => import('@/pages/oversight/OverviewPage.vue'), meta: { needs: 'oversight' } },
  { path: '/oversight/exceptions', name: 'exceptions', component: () => import('@/pages/oversight/ExceptionsPage.vue'), meta: { needs: 'oversight' } },
  { path: '/oversight/clocks', name: 'clocks', component: () => import('@/pages/oversight/ClocksPage.vue'), meta: { needs: 'oversight' } },
  { path: '/oversight/intakes', name: 'items', component: () => import('@/pages/oversight/ItemsPage.vue'), meta: { needs: 'oversight' } },
  { path: '/oversight/registered', name: 'registered', component: () => import('@/pages/oversight/RegisteredPage.vue'), meta: { needs: 'oversight' } },
  { path: '/oversight/cases', name: 'case-list', component: () => import('@/pages/oversight/CaseListPage.vue'), meta: { needs: 'oversight' } },
  { path: '/oversight/questions', name: 'questions', component: () => import('@/pages/oversight/QuestionsPage.vue'), meta: { needs: 'oversight' } },
  { path: '/oversight/calls', name: 'calls', component: () => import('@/pages/oversight/CallsPage.vue'), meta: { needs: 'oversight' } },
  { path: '/oversight/reconciliation', name: 'reconciliation', component: () => import('@/pages/oversight/ReconciliationPage.vue'), meta: { needs: 'oversight' } },
  { path: '/deliveries', name: 'deliveries', component: () => import('@/pages/oversight/DeliveriesPage.vue'), meta: { needs: 'read_deliveries' } },
  { path: '/sources', name: 'sources', component: () => import('@/pages/sources/SourcesPage.vue'), meta: { needs: 'read_sources' } },
  { path: '/sources/:name', name: 'source', component: () => import('@/pages/sources/SourcePage.vue'), meta: { needs: 'source_state' } },
  { path: '/quarantine', name: 'quarantine', component: () => import('@/pages/sources/QuarantinePage.vue'), meta: { needs: 'read_quarantine' } },
  { path: '/receipt', name: 'receipt', component: () => import('@/pages/ledger/ReceiptPage.vue'), meta: { open: true, bare: true } },
  { path: '/ledger', name: 'ledger', component: () => import('@/pages/ledger/LedgerPage.vue') },
  { path: '/oversight/lookup', name: 'lookup', component: () => import('@/pages/oversight/LookupPage.vue'), meta: { needs: 'oversight' } },
  { path: '/system', name: 'system', component: () => import('@/pages/admin/SystemPage.vue'), meta: { needs: 'read_deliveries' } },
  { path: '/users', name: 'users', component: () => import('@/pages/admin/UsersPage.vue'), meta: { needs: 'read_users' } },
  { path: '/account', name: 'account', component: () => import('@/pages/AccountPage.vue') },
  { path: '/:rest(.*)*', name: 'nowhere', component: () => import('@/pages/NowherePage.vue') }
]

export const router = createRouter({
  history: createWebHistory('/console/'),
  routes,
  scrollBehavior: (_to, _from, saved) => saved ?? (history.state?.stays ? false : { top: 0 })
})

router.beforeEach((to) => {
  if (!session.value && !to.meta.open) return { name: 'sign-in', query: to.path === '/' ? {} : { to: to.fullPath } }
  if (session.value && to.name === 'sign-in') return { name: 'home' }
  if (to.name === 'home') return { path: firstPlace() }
  if (to.meta.needs && !can(to.meta.needs)) return { path: firstPlace() }
  return true
})

/** Where somebody's day begins. */
export function firstPlace(): string {
  const places: [string, string][] = [['preview', '/operator'], ['read_reviews', '/reviews'], ['oversight', '/oversight'], ['read_users', '/users'], ['read_sources', '/sources'], ['search_cases', '/cases']]
  return places.find(([call]) => can(call))?.[1] ?? '/ledger'
}
