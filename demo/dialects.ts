import { type BackendName, server } from './settings.ts';

interface Pair {
  readonly access: string;
  readonly refresh?: string | undefined;
}

/** How somebody who writes each call by hand speaks to a server. */
export interface Dialect {
  signIn(username: string, password: string): Promise<Pair>;
  refresh(refreshToken: string): Promise<Pair>;
}

/** Where each kind of server refreshes; the library asks there too, without the mark. */
export const REFRESH_PATHS: Readonly<Record<BackendName, string>> = {
  'simple-jwt': '/auth/token/refresh/',
  'flask-jwt-extended': `${flaskBase()}/refresh`,
  'oauth2-token': '/oauth/token',
  'redirect-sign-in': '/token',
};
/** What tells the requests of the copied interceptor from those of the library, in the browser's own record. */
export const MARK = '?by=copied';

/** Below which the sign-in views of Flask are: the server inside the page has two kinds of them. */
export function flaskBase(): string {
  return server === 'flask' ? '/auth' : '/flask';
}

/** The calls of a copied interceptor; undefined for a server that takes no password. */
export function dialectOf(backend: BackendName): Dialect | undefined {
  const refreshUrl = `${REFRESH_PATHS[backend]}${MARK}`;
  if (backend === 'simple-jwt') {
    return {
      signIn: (username, password) => post('/auth/token/', { username, password }),
      refresh: (refresh) => post(refreshUrl, { refresh }),
    };
  }
  if (backend === 'flask-jwt-extended') {
    return {
      signIn: (username, password) => post(`${flaskBase()}/login`, { username, password }),
      refresh: (token) => post(refreshUrl, undefined, { Authorization: `Bearer ${token}` }),
    };
  }
  if (backend === 'redirect-sign-in') return undefined;
  return {
    signIn: (username, password) => post('/oauth/login', { username, password }),
    refresh: (refresh_token) =>
      post(refreshUrl, new URLSearchParams({ grant_type: 'refresh_token', client_id: 'demo', refresh_token })),
  };
}

async function post(url: string, body?: object, headers: Readonly<Record<string, string>> = {}): Promise<Pair> {
  const isForm = body instanceof URLSearchParams;
  const response = await fetch(url, {
    method: 'POST',
    headers: isForm || !body ? headers : { 'Content-Type': 'application/json', ...headers },
    ...(body && { body: isForm ? body : JSON.stringify(body) }),
  });
  if (!response.ok) throw new Error(`${new URL(response.url).pathname} answered ${response.status}`);
  const answer = (await response.json()) as Readonly<Record<string, string>>;
  return { access: answer.access ?? answer.access_token ?? '', refresh: answer.refresh ?? answer.refresh_token };
}
