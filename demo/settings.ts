/** Which server answers: the one inside the page, or a real one. */
export type ServerName = 'page' | 'django' | 'flask' | 'oidc';
/** How the session speaks to it. */
export type BackendName = 'simple-jwt' | 'flask-jwt-extended' | 'oauth2-token' | 'redirect-sign-in';

/** The stores to choose from, by the names of the functions that make them. */
export const STORES = {
  remember: 'rememberStore',
  local: 'localStorageStore',
  session: 'sessionStorageStore',
  'shared-memory': 'sharedMemoryStore',
  memory: 'memoryStore',
} as const;
export type StoreName = keyof typeof STORES;

const BACKENDS: Readonly<Record<ServerName, readonly [BackendName, ...BackendName[]]>> = {
  page: ['simple-jwt', 'flask-jwt-extended', 'oauth2-token'],
  django: ['simple-jwt'],
  flask: ['flask-jwt-extended'],
  oidc: ['redirect-sign-in'],
};
const query = new URLSearchParams(location.search);
const { MODE } = import.meta.env;

export const server: ServerName = MODE === 'django' || MODE === 'flask' || MODE === 'oidc' ? MODE : 'page';
export const backends: readonly BackendName[] = BACKENDS[server];
export const backendName: BackendName = backends.find((name) => name === query.get('backend')) ?? BACKENDS[server][0];
export const storeName: StoreName =
  (Object.keys(STORES) as StoreName[]).find((name) => name === query.get('store')) ?? 'remember';
/** Whether a copied interceptor gets the same traffic. It signs in with a password, which a provider does not take. */
export const isCompared: boolean = server !== 'oidc' && query.get('beside') !== 'nothing';
/** What one page keeps apart from another: a server knows nothing of the tokens of the other one. */
export const settingsKey: string = `${server}-${backendName}-${storeName}`;

/** Opens the page anew with another choice. */
export function choose(parameter: 'backend' | 'store' | 'beside', value: string): void {
  const url = new URL(location.href);
  url.searchParams.set(parameter, value);
  location.assign(url);
}

/** The URL of the page with the same choices, for another tab. */
export function pageUrl(): string {
  return location.pathname + location.search;
}
