import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const dist = resolve(fileURLToPath(new URL('.', import.meta.url)), '../../dist');

/** The very modules that a page runs, as they were built. */
export async function loadFleetCode() {
  if (!existsSync(dist)) throw new Error('Build the package first: npm run build');
  const load = (path) => import(pathToFileURL(resolve(dist, path)).href);
  const [{ afterFailure, holdOf }, { tokenLife }, { drawOf }, { delayOf }] = await Promise.all([
    load('session/breaker.js'),
    load('token/expiry.js'),
    load('token/session-record.js'),
    load('session/schedule.js'),
  ]);
  return { afterFailure, holdOf, tokenLife, drawOf, delayOf };
}
