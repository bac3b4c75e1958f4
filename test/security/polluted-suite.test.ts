// The tests of the session, once more, in a page in which somebody has put all this on every object (PPL-1).
import { describe } from 'vitest';

const EVIL = 'https://evil.example';
/** But for what the tests' own servers and backends, or vitest, would trip over. Alone, each of those has a life of its own. */
const POLLUTION = {
  // Tokens, claims, and what a server says.
  ...{ exp: 1, iat: 1, sub: 'mallory', user_id: 'mallory', detail: 'evil', retryAfter: 1, redirected: true },
  ...{ access: 'evil', token: 'evil', access_token: 'evil', refresh_token: 'evil', token_type: 'DPoP', expires_in: 1 },
  ...{ accessToken: 'evil', refreshToken: 'evil', tokenType: 'evil', subject: 'mallory', isAuthError: true },
  // What stores and tabs know.
  ...{ version: 2, sessionId: 'evil', generation: 9, receivedAt: 1, remember: true, tokens: { accessToken: 'evil' } },
  ...{ scope: 'origin', ended: 'provider', ending: 'provider', over: new Error('evil'), attempt: { sentAt: 1 } },
  ...{ endedAt: 1, activeAt: 1, signedInAt: 1, refusals: 9, problem: 'evil', isNewer: true, isRest: true },
  // Options.
  ...{ baseUrl: EVIL, baseURL: EVIL, resourceServers: [EVIL], allowedOrigins: [EVIL], allowInsecure: true },
  ...{ paths: { refresh: EVIL }, fields: { refresh: 'evil' }, headerType: 'evil', sliding: true, storage: 'evil' },
  ...{ patience: 1, settleTime: 1, idleTimeout: 1, maxAge: 1, refreshWindow: 1, everywhere: true },
  ...{ loadUser: () => 'evil', onStepUp() {}, onClear() {}, migrate: { begin() {} }, anonymous: true },
  ...{ Authorization: 'Bearer evil', authorization: 'Bearer evil' },
};
const define = Object.defineProperty;
for (const [key, value] of Object.entries(POLLUTION)) {
  define(Object.prototype, key, Object.assign(Object.create(null), { value, configurable: true, writable: true }));
}

const suites = import.meta.glob([
  // No limits, which watch the page itself, and want one of their own.
  '../session/{events,lifecycle,profile,refresh,sign-in,sign-out}.test.ts',
  '../session/tabs/{dispose,messages,sign-out,tab-scope,user-switch,waking}.test.ts',
  '../transports/{one-refresh,refusals,step-up}.test.ts',
]);
for (const [path, load] of Object.entries(suites)) {
  describe(path, async () => {
    await load();
  });
}
