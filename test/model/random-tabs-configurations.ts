import type { Configuration } from './random-tabs.ts';

const ORIGIN: Configuration = {
  store: 'origin',
  lock: 'web',
  reuse: 'rejects',
  isWeak: false,
  lag: 1500,
  without: [],
};

/** In which worlds, and how often each. */
export const CONFIGURATIONS: readonly (readonly [string, number, Configuration])[] = [
  ['localStorage that lags', 900, ORIGIN],
  ['a server that ends the session when a spent token comes', 700, { ...ORIGIN, reuse: 'ends-family' }],
  ['a server that takes the last token once more', 600, { ...ORIGIN, reuse: 'grace' }],
  ['a server that never replaces a token', 300, { ...ORIGIN, reuse: 'no-rotation' }],
  ['a slow store of the app', 700, { ...ORIGIN, store: 'slow', lag: 0 }],
  ['sessionStorage', 600, { ...ORIGIN, store: 'tab', lag: 0 }],
  ['the memory of all tabs', 500, { ...ORIGIN, store: 'handed', lag: 0 }],
  [
    'a lease in place of Web Locks',
    400,
    { ...ORIGIN, lock: 'lease', lag: 0, without: ['clockForward', 'clockBack', 'clearFence'] },
  ],
  ['no common fence', 300, { ...ORIGIN, isWeak: true }],
];
