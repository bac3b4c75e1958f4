// The same over fetch.
export { simpleJwt } from '../../dist/backends.js';
export { createAuthorizedFetch } from '../../dist/fetch.js';
export { createSession, localStorageStore } from '../../dist/index.js';
