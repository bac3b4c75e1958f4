import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import { type DjangoServer, type DjangoSettings, type LogEntry, startDjango } from '../servers/django/start.mjs';
import { type FlaskServer, startFlask } from '../servers/flask/start.mjs';
import { startHttpsFront } from '../servers/https-front.mjs';
import type { PresetName } from '../servers/presets.ts';
import type { EngineName, KeptCookie, Profile, Tab } from './engines/engine.ts';
import { launchEngine } from './engines.ts';
import { type BuiltPage, buildPage } from './page.ts';
import { eventually } from './real-tabs.ts';

/** The presets whose users sign in by a form of the app. */
export type Told = Exclude<PresetName, 'oauth2'>;

/** Where a preset's server is, and what on it is that preset's. */
export interface Place {
  readonly kind: 'django' | 'flask';
  /** What gives new tokens. */
  readonly refresh: string;
  /** Where its cookies are sent, and the one that gives new ones; undefined where script holds the tokens. */
  readonly cookie?: {
    readonly path: string;
    readonly name: string;
    readonly csrf: readonly [cookie: string, header: string];
  };
  readonly settings?: DjangoSettings;
  /** The life of access tokens in the tests of it, in seconds. Default is 2. */
  readonly life?: number;
  /** How long after a token was given the engine, or the server too, renews it, in milliseconds. Default is 1050. */
  readonly expiry?: number;
  /** Whether what is revoked is refused at once, not only when it expires. Default is false. */
  readonly isRevokedWhole?: boolean;
}

const DJANGO_CSRF = ['csrftoken', 'X-CSRFToken'] as const;

export const PLACES: Readonly<Record<Told, Place>> = {
  'simple-jwt': { kind: 'django', refresh: '/auth/token/refresh/' },
  djoser: { kind: 'django', refresh: '/auth/djoser/jwt/refresh/' },
  flask: { kind: 'flask', refresh: '/auth/refresh', isRevokedWhole: true },
  'flask-cookies': {
    kind: 'flask',
    refresh: '/cookie/refresh',
    cookie: { path: '/cookie/', name: 'refresh_token_cookie', csrf: ['csrf_refresh_token', 'X-CSRF-TOKEN'] },
    isRevokedWhole: true,
    // The app knows no other life than this, however long the server's is.
    life: 3,
    expiry: 2050,
  },
  'refresh-cookie': {
    kind: 'django',
    refresh: '/cookie/refresh/',
    cookie: { path: '/cookie/', name: 'refresh_token', csrf: DJANGO_CSRF },
  },
  'cookie-session': {
    kind: 'django',
    refresh: '/jar/me/',
    cookie: { path: '/jar/', name: 'jar_refresh', csrf: DJANGO_CSRF },
    // The server renews by its own clock, not by the engine's.
    life: 3,
    expiry: 3050,
  },
  // Renewed while it lives, at half of its life: a slow machine must not let it die.
  'drf-jwt': { kind: 'django', refresh: '/auth/legacy/refresh/', life: 8, expiry: 4050, isRevokedWhole: true },
  sliding: { kind: 'django', refresh: '/auth/token/refresh/', settings: { slideHeader: 'X-New-Token' } },
};

export const TOLD: readonly Told[] = Object.keys(PLACES) as Told[];

/** One preset's server, and the tabs of one engine that use it. */
export interface ServerTabs {
  /** Where the page is, and the API: https where it is about cookies. */
  readonly url: string;
  /** Another server, which the session has nothing to do with; on the same host, so that cookies could go there. */
  readonly elsewhere: { readonly url: string; log(): Promise<readonly LogEntry[]> };
  /** @param from The origin of the page, where the API has another one. */
  open(query?: string, from?: string): Promise<Tab>;
  /** Resolves when the app is there again. */
  reload(tab: Tab): Promise<void>;
  /** Opens so many tabs, and signs alice in in the first. All of them know it. */
  signedIn(count: number, query?: string, from?: string): Promise<Tab[]>;
  /** Makes the access tokens to come short-lived on the server; gives the query that tells the app. */
  shorten(): Promise<string>;
  /** Makes the next ones live long, so that no test meets an expiry that it does not speak of. */
  lengthen(): Promise<void>;
  /** Resolves when tokens that were given before this was called are to be renewed. */
  expiry(): Promise<void>;
  refreshes(): Promise<number>;
  /** Changes what both kinds of server know. */
  set(settings: Pick<DjangoSettings, 'accessLifetime' | 'refreshDelayMs'>): Promise<void>;
  /** How often cookies were renewed without having been asked for. */
  renewals(): Promise<number>;
  /** The requests to the API and to what signs in, the page itself apart. */
  said(): Promise<readonly LogEntry[]>;
  /** What of it was refused, as `status method path`. */
  refused(): Promise<readonly string[]>;
  revokeAll(): Promise<void>;
  /** What the browser would send to the preset's endpoints. */
  cookies(): Promise<readonly KeptCookie[]>;
}

/** The servers of one engine, and what was told of them. */
export interface Servers {
  readonly django: DjangoServer;
  readonly flask: FlaskServer;
  of(preset: Told): ServerTabs;
}

/**
 * Starts one browser and one server of each kind before the tests of this suite; they serve every preset. Each test begins
 * with servers that have heard nothing, no tab, and a session name that no test before had.
 */
export function serverTabs(engine: EngineName): Servers {
  let built: BuiltPage;
  let django: DjangoServer;
  let flask: FlaskServer;
  /** The URLs of both by https. */
  let fronts: Record<'django' | 'flask', string>;
  let profile: Profile;
  let opened: Tab[] = [];
  let tests = 0;
  const stops: (() => Promise<unknown>)[] = [];
  beforeAll(async () => {
    built = await buildPage('servers');
    stops.push(built.remove);
    await writeFile(join(built.folder, 'elsewhere.html'), '<!doctype html><title>elsewhere</title>\n');
    const start = { staticDir: built.folder };
    const launch = launchEngine(engine, { anyCertificate: true }).then((launched) => {
      profile = launched;
      stops.unshift(launched.close);
    });
    const front = async (target: string): Promise<string> => {
      const { url, stop } = await startHttpsFront(target);
      stops.unshift(stop);
      return url;
    };
    const serve = async (): Promise<void> => {
      flask = await startFlask({ ...start, rotate: true });
      stops.unshift(flask.stop);
      const flaskFront = await front(flask.url);
      // The pages that may ask across origins: an old Django has to be told them by name.
      const origins = [flask.url, flaskFront];
      django = await startDjango({ ...start, origins, exposeHeaders: ['X-New-Token'] });
      stops.unshift(django.stop);
      fronts = { django: await front(django.url), flask: flaskFront };
    };
    await Promise.all([launch, serve()]);
  });
  afterAll(async () => {
    for (const stop of stops) await stop();
  });
  beforeEach(async () => {
    tests += 1;
    await Promise.all([django.reset(), flask.reset()]);
  });
  afterEach(async () => {
    await Promise.all(opened.map((one) => one.close().catch(() => {})));
    opened = [];
  });

  async function openAt(url: string): Promise<Tab> {
    const one = await profile.open(url);
    opened.push(one);
    return one;
  }

  function of(preset: Told): ServerTabs {
    const { kind, refresh, cookie, settings, life = 2, expiry = 1050 } = PLACES[preset];
    const server = (): DjangoServer | FlaskServer => (kind === 'django' ? django : flask);
    const urlOf = (which: 'django' | 'flask'): string =>
      cookie ? fronts[which] : (which === 'django' ? django : flask).url;
    const set = (changes: DjangoSettings): Promise<void> => server().set(changes as never);
    const tabs: ServerTabs = {
      get url() {
        return urlOf(kind);
      },
      get elsewhere() {
        const other = kind === 'django' ? 'flask' : 'django';
        return { url: urlOf(other), log: () => (other === 'django' ? django : flask).log() };
      },
      async open(query = '', from = tabs.url) {
        if (settings) await set(settings);
        const api = encodeURIComponent(tabs.url);
        const one = await openAt(`${from}/?preset=${preset}&name=test-${tests}&api=${api}&${query}`);
        await started(one);
        // What tests before have left. Their sessions have other names.
        if (opened.length === 1) await one.run(() => localStorage.clear());
        return one;
      },
      async reload(tab) {
        await tab.reload();
        await started(tab);
      },
      async signedIn(count, query, from) {
        const all: Tab[] = [];
        for (let index = 0; index < count; index += 1) all.push(await tabs.open(query, from));
        // Whoever still restores takes up what is there, and tells no event.
        await Promise.all(all.map((one) => one.run(() => client.state())));
        await all[0]?.run(() => client.signIn());
        await Promise.all(all.map((one) => one.run(() => client.until('signed-in'))));
        return all;
      },
      async shorten() {
        await set({ accessLifetime: life });
        return `life=${life * 1000}`;
      },
      lengthen: () => set({ accessLifetime: 300 }),
      expiry: () => delay(expiry),
      refreshes: () => server().count(refresh),
      set,
      renewals: () => server().renewals(),
      said: async () => (await server().log()).filter(({ path }) => /^\/(?:api|auth|cookie|jar)\//.test(path)),
      async refused() {
        const refused = (await tabs.said()).filter(({ status }) => status >= 400);
        return refused.map(({ status, method, path }) => `${status} ${method} ${path}`);
      },
      revokeAll: () => server().revokeAll(),
      async cookies() {
        const one = await openAt(`${tabs.url}${cookie?.path}`);
        return await one.cookies().finally(() => one.close());
      },
    };
    return tabs;
  }
  return {
    get django() {
      return django;
    },
    get flask() {
      return flask;
    },
    of,
  };
}

/** Resolves when the page runs. */
function started(tab: Tab): Promise<void> {
  return eventually(() => tab.run(() => 'client' in globalThis));
}
