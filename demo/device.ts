import type { Clock } from 'latchkey';

/** How wrong the clock can be set, in milliseconds. */
const HOURS = 2 * 60 * 60 * 1000;
/** What is wrong with the device: kept where all its tabs see it. */
const KEYS = { offline: 'latchkey-demo-offline', skew: 'latchkey-demo-skew' } as const;

/** Whether the device is cut off: then nothing that the page asks of a server leaves it. */
export function isOffline(): boolean {
  return localStorage.getItem(KEYS.offline) !== null;
}

/** Whether the clock of the device is two hours ahead. */
export function isClockWrong(): boolean {
  return localStorage.getItem(KEYS.skew) !== null;
}

/** Cuts the device off, or connects it again, as the browser would tell the page. */
export function setOffline(on: boolean): void {
  put(KEYS.offline, on);
  dispatchEvent(new Event(on ? 'offline' : 'online'));
}

/** Sets the clock two hours ahead, or right again. */
export function setClockWrong(on: boolean): void {
  put(KEYS.skew, on);
}

/** What the device believes of the time. */
export const deviceClock: Clock = {
  now: () => Date.now() + (isClockWrong() ? HOURS : 0),
  monotonic: () => performance.now(),
  setTimer(callback, delay) {
    if (!Number.isFinite(delay)) return () => {};
    const timer = setTimeout(callback, Math.min(delay, 2 ** 31 - 1));
    return () => clearTimeout(timer);
  },
};

/** Follows what another tab does to the device, and makes `navigator` say it too. */
export function watchDevice(onChange: () => void): void {
  Object.defineProperty(navigator, 'onLine', { configurable: true, get: () => !isOffline() });
  addEventListener('storage', ({ key, newValue }) => {
    if (key === KEYS.offline) dispatchEvent(new Event(newValue === null ? 'online' : 'offline'));
    if (key === KEYS.offline || key === KEYS.skew) onChange();
  });
}

function put(key: string, on: boolean): void {
  if (on) localStorage.setItem(key, '1');
  else localStorage.removeItem(key);
}
