import { setupWorker } from 'msw/browser';
import { handlers } from './handlers.ts';

/** Starts the server that lives in this page. From then on it answers what the page sends to `/auth`, `/api`, `/_control`. */
export async function startServer(): Promise<void> {
  // Everything else is the page itself, and comes from where the page comes from.
  await setupWorker(...handlers).start({ onUnhandledRequest: 'bypass', quiet: true });
}
