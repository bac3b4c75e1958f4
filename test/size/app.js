// What a whole app takes of latchkey: the engine, one backend, one store, one transport.
export { attachSession } from '../../dist/axios.js';
export { simpleJwt } from '../../dist/backends.js';
export { createSession, localStorageStore } from '../../dist/index.js';
