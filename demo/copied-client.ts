import axios, { type AxiosInstance } from 'axios';
import { copyInterceptor } from '../test/support/copied-interceptor.mjs';
import type { Dialect } from './dialects.ts';
import { settingsKey } from './settings.ts';
import { watchSending } from './watch-sending.ts';

/** What apps copy: an axios instance with the forty lines, and its own tokens in localStorage. */
export interface CopiedClient {
  readonly api: AxiosInstance;
  isSignedIn(): boolean;
  signIn(username: string): Promise<void>;
  forget(): void;
}

const KEY = `copied-${settingsKey}`;

/**
 * A client with the interceptor that apps copy from forums, line by line.
 *
 * @param onSignedOut Told when it sends the user to the sign-in page.
 */
export function createCopiedClient(baseURL: string, dialect: Dialect, onSignedOut: () => void): CopiedClient {
  const storage = {
    get: (name: string) => localStorage.getItem(`${KEY}-${name}`),
    set: (name: string, value: string) => localStorage.setItem(`${KEY}-${name}`, value),
    clear: () => {
      for (const name of ['access', 'refresh']) localStorage.removeItem(`${KEY}-${name}`);
    },
  };
  const api = axios.create({ baseURL });
  watchSending(api);
  copyInterceptor(api, {
    load: () => storage.get('access'),
    async refresh() {
      const { access, refresh } = await dialect.refresh(storage.get('refresh') ?? '');
      storage.set('access', access);
      if (refresh) storage.set('refresh', refresh);
      return access;
    },
    // Here the copied lines say: window.location = '/login'
    toSignIn() {
      if (storage.get('refresh')) onSignedOut();
      storage.clear();
    },
  });
  return {
    api,
    isSignedIn: () => storage.get('refresh') !== null,
    async signIn(username) {
      const { access, refresh = '' } = await dialect.signIn(username, `${username}-pass-1`);
      storage.set('access', access);
      storage.set('refresh', refresh);
    },
    forget: storage.clear,
  };
}
