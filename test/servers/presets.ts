import type { Backend } from 'latchkey';
import {
  cookieSession,
  djoser,
  drfJwt,
  flaskJwtExtended,
  oauth2Token,
  simpleJwt,
  type UsernameAndPassword,
  withRenewal,
} from 'latchkey/backends';

// Nothing of Node here: the pages of the browser tests import it, too.

export type PresetName =
  | 'simple-jwt'
  | 'djoser'
  | 'flask'
  | 'flask-cookies'
  | 'refresh-cookie'
  | 'cookie-session'
  | 'drf-jwt'
  | 'sliding'
  | 'oauth2';

/** One preset as an app sets it up for the server that stands behind it. */
export interface Preset {
  readonly backend: Backend<UsernameAndPassword>;
  /** The URLs of a view that says who asks, and of one that takes a POST as well. */
  readonly api: { readonly me: string; readonly echo: string };
  /** The status of a wrong password; undefined where users sign in at a page of the server's. */
  readonly refusal: number | undefined;
  /** When the session is renewed: once the access token is over, or only before. */
  readonly renews: 'after' | 'before';
  /** Whether a sign-out makes the tokens worthless on the server. */
  readonly revokes: boolean;
}

export const RIGHT: UsernameAndPassword = { username: 'alice', password: 'alice-pass-1' };
export const WRONG: UsernameAndPassword = { username: 'alice', password: 'not-it' };

const USUAL = { refusal: 401, renews: 'after', revokes: true } as const;
const DJANGO_API = (server: string): Preset['api'] => ({ me: `${server}/api/me/`, echo: `${server}/api/echo/` });
const PLAIN = (server: string) => simpleJwt({ baseUrl: `${server}/auth`, paths: { everywhere: 'logout/all/' } });

/** Each preset, by the URL of its server and the life of its access tokens, in milliseconds. */
export const PRESETS: Record<PresetName, (server: string, accessLifetime?: number) => Preset> = {
  'simple-jwt': (server) => ({ ...USUAL, backend: PLAIN(server), api: DJANGO_API(server) }),
  djoser: (server) => ({
    ...USUAL,
    backend: djoser({ baseUrl: `${server}/auth/djoser` }),
    api: { me: `${server}/auth/djoser/users/me/`, echo: `${server}/api/echo/` },
    revokes: false,
  }),
  flask: (server) => ({
    ...USUAL,
    backend: flaskJwtExtended({ baseUrl: `${server}/auth`, paths: { everywhere: 'logout/all' } }),
    api: { me: `${server}/api/me`, echo: `${server}/api/echo` },
  }),
  'flask-cookies': (server, accessLifetime = 300_000) => ({
    ...USUAL,
    backend: flaskJwtExtended({ baseUrl: `${server}/cookie`, cookies: true, accessLifetime }),
    api: { me: `${server}/cookie/me`, echo: `${server}/cookie/me` },
  }),
  'refresh-cookie': (server) => ({
    ...USUAL,
    backend: simpleJwt({
      baseUrl: `${server}/cookie`,
      refreshCookie: true,
      csrf: { path: 'csrf/' },
      paths: {
        obtain: 'login/',
        refresh: 'refresh/',
        verify: '../auth/token/verify/',
        blacklist: 'logout/',
        everywhere: 'logout/all/',
      },
    }),
    api: DJANGO_API(server),
  }),
  'cookie-session': (server, accessLifetime = 300_000) => ({
    ...USUAL,
    backend: cookieSession({
      baseUrl: `${server}/jar`,
      accessLifetime,
      csrf: { path: 'csrf/' },
      paths: { everywhere: 'logout/all/' },
    }),
    // Its probe, which a story counts, and which the app may ask as well.
    api: { me: `${server}/jar/me/`, echo: `${server}/jar/echo/` },
  }),
  'drf-jwt': (server) => ({
    backend: drfJwt({
      baseUrl: `${server}/auth/legacy`,
      paths: { obtain: 'obtain/', refresh: 'refresh/', verify: 'verify/' },
    }),
    api: { me: `${server}/api/legacy/me/`, echo: `${server}/api/legacy/echo/` },
    refusal: 400,
    renews: 'before',
    revokes: false,
  }),
  sliding: (server) => ({
    ...USUAL,
    backend: withRenewal(PLAIN(server), { header: 'X-New-Token' }),
    api: DJANGO_API(server),
  }),
  oauth2: (server) => ({
    ...USUAL,
    backend: oauth2Token({
      tokenEndpoint: `${server}/token`,
      revocationEndpoint: `${server}/token/revocation`,
      clientId: 'spa',
    }) as Backend<UsernameAndPassword>,
    api: { me: `${server}/api/me`, echo: `${server}/api/me` },
    refusal: undefined,
  }),
};
