import { gzipSync } from 'node:zlib';
import { bundlePage } from '../conformance/bundle.mjs';

/** What an app imports of each to have a session: one line of each README. */
const IMPORTS = {
  'latchkey (axios)': `
    export { attachSession } from 'latchkey/axios';
    export { simpleJwt } from 'latchkey/backends';
    export { createSession, localStorageStore } from 'latchkey';`,
  'latchkey (fetch)': `
    export { createAuthorizedFetch } from 'latchkey/fetch';
    export { simpleJwt } from 'latchkey/backends';
    export { createSession, localStorageStore } from 'latchkey';`,
  'copied interceptor': "export { createClient } from './copied-interceptor.mjs';",
  'axios-auth-refresh': "export { createAuthRefresh } from 'axios-auth-refresh';",
  'axios-auth-refresh-queue': "export { applyAuthTokenInterceptor } from 'axios-auth-refresh-queue';",
  'axios-jwt': "export { applyAuthTokenInterceptor, clearAuthTokens, setAuthTokens } from 'axios-jwt';",
  '@badgateway/oauth2-client': "export { OAuth2Client, OAuth2Fetch } from '@badgateway/oauth2-client';",
  alova: `
    export { createAlova } from 'alova';
    export { createServerTokenAuthentication } from 'alova/client';
    export { default as adapterFetch } from 'alova/fetch';`,
  'keycloak-js': "export { default } from 'keycloak-js';",
};

/** The bytes that each adds to an app: minified by esbuild, then gzipped, with what it depends on, axios apart. */
export async function measureSizes() {
  const rows = [];
  for (const [name, code] of Object.entries(IMPORTS)) {
    const script = await bundlePage(code, { isSmall: true, external: ['axios'] });
    rows.push({ name, minified: Buffer.byteLength(script), gzip: gzipSync(script, { level: 9 }).length });
  }
  return rows.sort((one, other) => one.gzip - other.gzip);
}
