/**
 * Counts the requests to the refresh endpoint as the browser's own record has them, so the number does not come from the
 * library that it is about.
 *
 * @param onChange Told the number since the page was loaded.
 */
export function countRefreshes(onChange: (count: number) => void): void {
  let count = 0;
  const observer = new PerformanceObserver((list) => {
    const refreshes = list.getEntries().filter(({ name }) => new URL(name).pathname === '/auth/token/refresh/');
    if (refreshes.length === 0) return;
    count += refreshes.length;
    onChange(count);
  });
  observer.observe({ type: 'resource' });
}
