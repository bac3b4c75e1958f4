import { isDjango, session } from './session.ts';
import { showAccount } from './view/account.ts';
import { attachControls } from './view/controls.ts';
import { find } from './view/dom.ts';
import { logSession } from './view/event-log.ts';
import { showRefreshes } from './view/request-table.ts';
import { attachSignInForm } from './view/sign-in-form.ts';

// Before anything can be clicked: a request that no server answers would be the page's own fault.
if (!isDjango) {
  const { startServer } = await import('./server/start.ts');
  await startServer().catch((error: unknown) => {
    find('#restoring', HTMLElement).textContent =
      'The server inside this page is a service worker, and this browser starts none here. Try: npm run demo -- --django';
    throw error;
  });
}
logSession();
showRefreshes();
attachSignInForm();
attachControls();
showAccount();
await session.ready;
find('#page', HTMLElement).ariaBusy = 'false';
