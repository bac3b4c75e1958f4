import { type Client, putBar } from './bars.ts';
import { isOffline } from './device.ts';
import { MARK, REFRESH_PATHS } from './dialects.ts';
import { backendName } from './settings.ts';
import { tab } from './tab.ts';

/**
 * Draws each refresh that leaves the page, whoever sends it, from below: it stands between them and the browser. A device
 * that is cut off lets nothing out.
 */
export function watchRefreshes(): void {
  const send = globalThis.fetch;
  let number = 0;
  globalThis.fetch = async (...request) => {
    const [input, init] = request;
    const url = new URL(input instanceof Request ? input.url : String(input), location.href);
    // Whoever has loaded the page has its controls.
    if (isOffline() && !url.pathname.startsWith('/_')) throw new TypeError('Failed to fetch');
    if (!isRefresh(url, init)) return send(...request);
    number += 1;
    const client: Client = url.search === MARK ? 'copied' : 'latchkey';
    const sent = { state: 'sent', at: Date.now() } as const;
    const bar = { id: `${tab}-refresh-${Date.now()}-${number}`, client, kind: 'refresh', tab, number } as const;
    putBar({ ...bar, steps: [sent] });
    try {
      const response = await send(...request);
      const state = response.ok ? 'answered' : 'failed';
      putBar({ ...bar, steps: [sent, { state, at: Date.now() }], status: response.status });
      return response;
    } catch (error) {
      putBar({ ...bar, steps: [sent, { state: 'failed', at: Date.now() }], problem: 'no answer' });
      throw error;
    }
  };
}

/** The token endpoint of OAuth gives tokens for a code, too. */
function isRefresh({ pathname }: URL, init: RequestInit | undefined): boolean {
  if (pathname !== REFRESH_PATHS[backendName]) return false;
  const { body } = init ?? {};
  return !(body instanceof URLSearchParams || typeof body === 'string') || !String(body).includes('authorization_code');
}
