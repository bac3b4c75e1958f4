import axios, { type AxiosInstance } from 'axios';
import { IDBFactory } from 'fake-indexeddb';
import { localStorageStore, type Session, type SessionOptions, sharedMemoryStore } from 'latchkey';
import { attachSession } from 'latchkey/axios';
import type { UsernameAndPassword } from 'latchkey/backends';
import { createAuthorizedFetch } from 'latchkey/fetch';
import { vi } from 'vitest';
import { normalizeOptions } from '../../src/session/options.ts';
import { createPlatform } from '../../src/session/platform.ts';
import { createSessionOn } from '../../src/session/session.ts';
import { createStorage } from '../stores/storage.ts';
import { type CookieFetch, createCookieFetch, PAGE } from '../support/cookie-fetch.ts';
import type { Preset } from './presets.ts';

/** One tab with the app in it. */
export interface Tab {
  readonly session: Session<UsernameAndPassword, Record<string, unknown> | undefined>;
  /** Attached to the session. */
  readonly api: AxiosInstance;
  readonly fetch: typeof fetch;
  /** Every event so far, as `type`, or `signed-out:reason`, `diagnostic:code`. */
  readonly events: string[];
  /** The page is left. */
  close(): void;
}

/** A browser in Node: real IndexedDB transactions, storage, messages and cookies, shared by its tabs. */
export interface Browser {
  readonly jar: CookieFetch;
  openTab(preset: Preset, options?: Partial<SessionOptions<UsernameAndPassword>>): Promise<Tab>;
  /** Leaves every page, and then the platform as it was. */
  close(): void;
}

/** Makes a browser that knows nothing; it stands in for the platform until it is closed. */
export function createBrowser(): Browser {
  const jar = createCookieFetch();
  const tabs: Tab[] = [];
  vi.stubGlobal('fetch', jar.fetch);
  vi.stubGlobal('localStorage', createStorage());
  vi.stubGlobal('indexedDB', new IDBFactory());
  vi.stubGlobal('document', {
    get cookie() {
      return jar.readable();
    },
    baseURI: `${PAGE}/`,
    readyState: 'complete',
    // Nothing is renewed but for those who ask for it.
    hidden: true,
    addEventListener() {},
    removeEventListener() {},
  });
  return {
    jar,
    async openTab(preset, options = {}) {
      const { backend } = preset;
      // A tab more, where a page would share the engine of that name.
      const session = createSessionOn<UsernameAndPassword, Record<string, unknown> | undefined>(
        normalizeOptions({
          backend: backend as never,
          store: backend.credential === 'cookie' ? sharedMemoryStore() : localStorageStore(),
          ...options,
        } as never),
        createPlatform,
      );
      const events: string[] = [];
      session.on('signed-in', () => events.push('signed-in'));
      session.on('refreshed', () => events.push('refreshed'));
      session.on('signed-out', ({ reason }) => events.push(`signed-out:${reason}`));
      session.on('diagnostic', ({ code }) => events.push(`diagnostic:${code}`));
      const { origin } = new URL(preset.api.me);
      const api = axios.create({ adapter: 'fetch', baseURL: origin });
      attachSession(api, session);
      const tab: Tab = {
        session,
        api,
        fetch: createAuthorizedFetch(session, { resourceServers: [origin] }),
        events,
        close: () => session.dispose(),
      };
      tabs.push(tab);
      await session.ready;
      return tab;
    },
    close() {
      for (const tab of tabs.splice(0)) tab.close();
      vi.unstubAllGlobals();
    },
  };
}
