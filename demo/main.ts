import { defineTimeline } from 'latchkey/devtools';
import { server } from './settings.ts';
import { find } from './view/dom.ts';
import { watchRefreshes } from './watch-refreshes.ts';

// Before anything can be clicked: a request that no server answers would be the page's own fault.
if (server === 'page') {
  const { startServer } = await import('./server/start.ts');
  await startServer().catch((error: unknown) => {
    find('#restoring', HTMLElement).textContent =
      'The server inside this page is a service worker, and this browser starts none here. Try: npm run demo -- --django';
    throw error;
  });
}
// Before there is a session: whatever it sends is seen from below.
watchRefreshes();
defineTimeline();
const { showPage } = await import('./view/page.ts');
await showPage();
find('#page', HTMLElement).ariaBusy = 'false';
