import type { Client } from './bars.ts';
import { MARK, REFRESH_PATHS } from './dialects.ts';
import { backendName } from './settings.ts';

/**
 * Counts the requests to the refresh endpoint as the browser's own record has them, so the number does not come from the
 * library that it is about.
 *
 * @param onRefresh Told of each since the page was loaded.
 */
export function countRefreshes(onRefresh: (client: Client) => void): void {
  const observer = new PerformanceObserver((list) => {
    for (const { name } of list.getEntries()) {
      const { pathname, search } = new URL(name);
      if (pathname === REFRESH_PATHS[backendName]) onRefresh(search === MARK ? 'copied' : 'latchkey');
    }
  });
  observer.observe({ type: 'resource' });
}
