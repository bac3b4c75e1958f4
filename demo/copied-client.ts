import axios, { type AxiosInstance } from 'axios';
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
 * The interceptor that apps copy from forums, line by line: a flag, a queue, and the sign-in page when a refresh fails.
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
  let isRefreshing = false;
  let failedQueue: { resolve: (token: string) => void; reject: (error: unknown) => void }[] = [];
  const processQueue = (error: unknown, token = ''): void => {
    for (const { resolve, reject } of failedQueue) {
      if (token) resolve(token);
      else reject(error);
    }
    failedQueue = [];
  };
  api.interceptors.request.use((config) => {
    const token = storage.get('access');
    if (token) config.headers.Authorization = `Bearer ${token}`;
    return config;
  });
  api.interceptors.response.use(undefined, async (error) => {
    const originalRequest = error.config;
    if (error.response?.status !== 401 || originalRequest._retry) return Promise.reject(error);
    if (isRefreshing) {
      return new Promise<string>((resolve, reject) => {
        failedQueue.push({ resolve, reject });
      }).then((token) => {
        originalRequest.headers.Authorization = `Bearer ${token}`;
        return api(originalRequest);
      });
    }
    originalRequest._retry = true;
    isRefreshing = true;
    try {
      const { access, refresh } = await dialect.refresh(storage.get('refresh') ?? '');
      storage.set('access', access);
      if (refresh) storage.set('refresh', refresh);
      processQueue(null, access);
      originalRequest.headers.Authorization = `Bearer ${access}`;
      return await api(originalRequest);
    } catch (refreshError) {
      processQueue(refreshError);
      // Here the copied lines say: window.location = '/login'
      if (storage.get('refresh')) onSignedOut();
      storage.clear();
      return Promise.reject(refreshError);
    } finally {
      isRefreshing = false;
    }
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
