import '@/styles/elements'
import '@/styles/tokens.css'
import '@/styles/base.css'
import { createApp } from 'vue'
import App from '@/App.vue'
import { i18n, setLanguage } from '@/i18n'
import { language } from '@/language'
import { router } from '@/router'
import { scrolls } from '@/scrolls'
import { loadSession } from '@/session'

// The session is asked for while the texts load; a server that does not answer leaves the sign-in page to say so.
const known = loadSession().catch(() => {})
await setLanguage(language.value)
await known
createApp(App).directive('scrolls', scrolls).use(i18n).use(router).mount('#app')
