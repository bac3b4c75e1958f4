import type { TokenInput } from 'latchkey';
import { type DjangoServer, type DjangoSettings, startDjango } from './django/start.mjs';
import { type FlaskServer, startFlask } from './flask/start.mjs';
import { startOidc } from './oidc/start.mjs';
import { tokensOf } from './oidc/visitor.ts';
import { PRESETS, type PresetName } from './presets.ts';

/** The server of one preset while it runs, and what a story needs to know of it. */
export interface Running {
  readonly url: string;
  /** How many requests have asked for new tokens, since the last reset. */
  refreshes(): Promise<number>;
  /** What was refused since the last reset, as `status path`. */
  refused(): Promise<readonly string[]>;
  /** Changes the life of access tokens, in seconds, until the next reset. */
  setAccessLifetime(seconds: number): Promise<void>;
  /** Makes worthless what was ever handed out. */
  revokeAll(): Promise<void>;
  reset(): Promise<void>;
  /** Where users sign in at a page of the server's: the tokens that alice comes back with. */
  signIn?(): Promise<TokenInput>;
  stop(): Promise<void>;
}

type Python = Pick<DjangoServer & FlaskServer, 'url' | 'log' | 'count' | 'reset' | 'revokeAll' | 'stop'> & {
  set(settings: { accessLifetime?: number }): Promise<void>;
};

/**
 * @param refreshPath Undefined where any answer may renew; the server counts those.
 * @param settings What else is set, after each reset too.
 */
function django(refreshPath: string | undefined, settings: DjangoSettings = {}): () => Promise<Running> {
  return async () => {
    const server = await startDjango();
    await server.set(settings);
    return {
      ...python(server, refreshPath ?? ''),
      ...(refreshPath === undefined && { refreshes: server.renewals }),
      async reset() {
        await server.reset();
        await server.set(settings);
      },
    };
  };
}

function python(server: Python, refreshPath: string): Running {
  const { url, reset, revokeAll, stop } = server;
  return {
    url,
    reset,
    revokeAll,
    stop,
    refreshes: () => server.count(refreshPath),
    refused: async () =>
      (await server.log()).filter(({ status }) => status >= 400).map(({ status, path }) => `${status} ${path}`),
    setAccessLifetime: (accessLifetime) => server.set({ accessLifetime }),
  };
}

const flask = (refreshPath: string) => async (): Promise<Running> => {
  const server = await startFlask({ rotate: true });
  return python(server, refreshPath);
};

/** How each server is started, and which of its paths gives new tokens. */
export const RUNNING: Record<PresetName, () => Promise<Running>> = {
  'simple-jwt': django('/auth/token/refresh/'),
  djoser: django('/auth/djoser/jwt/refresh/'),
  flask: flask('/auth/refresh'),
  'flask-cookies': flask('/cookie/refresh'),
  'refresh-cookie': django('/cookie/refresh/'),
  'cookie-session': django(undefined),
  'drf-jwt': django('/auth/legacy/refresh/'),
  sliding: django('/auth/token/refresh/', { slideHeader: 'X-New-Token' }),
  async oauth2() {
    const server = await startOidc();
    const { backend } = PRESETS.oauth2(server.url);
    /** Of the requests to the token endpoint, those that brought the code of a sign-in. */
    let codes = 0;
    return {
      url: server.url,
      stop: server.stop,
      refreshes: async () => server.count('/token') - codes,
      refused: async () =>
        server.log.filter(({ status }) => status >= 400).map(({ status, path }) => `${status} ${path}`),
      setAccessLifetime: async (accessTokenTTL) => server.set({ accessTokenTTL }),
      revokeAll: async () => server.revokeAll(),
      async reset() {
        codes = 0;
        server.reset();
      },
      async signIn() {
        codes += 1;
        return (backend.tokensFrom as (body: unknown) => TokenInput)(
          await tokensOf(server, 'http://localhost/callback'),
        );
      },
    };
  },
};
