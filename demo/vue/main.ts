import { sessionPlugin } from 'latchkey/vue';
import { createApp } from 'vue';
import { session } from '../shared/session.ts';
import App from './app.vue';
import { router } from './router.ts';

const app = createApp(App).use(sessionPlugin(session)).use(router);
// Until the guard knows who is signed in, the document shows what it came with.
await router.isReady();
app.mount('#app');
