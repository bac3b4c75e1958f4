// @ts-check
// A real Flask with Flask-JWT-Extended, for one test file or the demo. It is plain JavaScript with types in comments,
// so that a typed test and `node` itself can both import it.
import { fileURLToPath } from 'node:url';
import { findFlaskPython } from '../../support/system.mjs';
import { startPython } from '../python/process.mjs';

/**
 * What can be changed while the server runs. Lifetimes are in seconds, as the server's clock is.
 * @typedef {object} FlaskSettings
 * @property {number} [accessLifetime] Life of access tokens. Default is 300 (5 minutes).
 * @property {number} [refreshLifetime] Life of refresh tokens. Default is 86400 (a day).
 * @property {boolean} [rotate] A refresh gives a new refresh token, and revokes the old one. Default is false, as in
 *   the guide of Flask-JWT-Extended.
 * @property {number} [graceSeconds] For how long a refresh token that was just rotated is answered again, with the
 *   same successor. Default is 0 (not at all).
 * @property {boolean} [implicitRenewal] `/cookie/me` renews an access cookie that has less than half of its life left.
 *   Default is false.
 * @property {number} [refreshDelayMs] How long the refresh routes hold their answer back, once their work is done, in
 *   milliseconds. Default is 0.
 * @property {number | null} [refreshStatus] The refresh routes do nothing but answer this: 503 as HTML, others as
 *   `{"msg": …}`. Default is null (they work).
 * @property {number | string | null} [retryAfter] The `Retry-After` of `refreshStatus`. Default is null (none).
 */

/**
 * @typedef {object} FlaskStart
 * @property {readonly string[]} [origins] The origins that CORS lets in. Default is every loopback origin.
 * @property {readonly string[]} [exposeHeaders] The headers that CORS lets a page read. Default is none.
 * @property {string} [staticDir] A folder to serve below `/`. The API's own paths win. Default is none.
 */

/** @typedef {FlaskStart & FlaskSettings} FlaskOptions */

/**
 * One request, control requests apart.
 * @typedef {object} LogEntry
 * @property {string} method
 * @property {string} path Without the query.
 * @property {number} status 0 until it is answered.
 * @property {boolean} hadAuthorization Whether it had an Authorization header, whatever was in it.
 * @property {readonly string[]} cookies The names of the cookies that came with it, in order of the alphabet.
 */

/**
 * @typedef {object} FlaskServer
 * @property {string} url `http://127.0.0.1:PORT`, without a slash at the end.
 * @property {() => Promise<readonly LogEntry[]>} log The requests since the last reset, in order of arrival.
 * @property {(path: string) => Promise<number>} count How many requests a path had, OPTIONS apart. A path has no query.
 * @property {() => Promise<number>} renewals How many access cookies `/cookie/me` has renewed since the last reset.
 * @property {() => Promise<void>} reset Empties the log; users, settings and faults are as at the start again. Tokens
 *   that were given or revoked stay so.
 * @property {(settings: FlaskSettings) => Promise<void>} set Changes the server while it runs, until the next reset.
 * @property {(username: string, change: 'activate' | 'deactivate' | 'delete') => Promise<void>} user Changes a user.
 * @property {() => Promise<void>} revokeAll Revokes every token that was ever handed out, access tokens too.
 * @property {() => Promise<void>} stop Ends the process, and waits until it has ended.
 */

/**
 * Starts the server on a free port, with the users alice, bob and carol (`alice-pass-1`, …). It ends with `stop()`, and
 * with this process, however that ends.
 * @param {FlaskOptions} [options]
 * @returns {Promise<FlaskServer>}
 * @throws {Error} when no Python has what it needs, or the server does not start within 30 seconds.
 */
export async function startFlask(options = {}) {
  return await startPython({
    name: 'Flask',
    python: findFlaskPython(),
    script: fileURLToPath(new URL('serve.py', import.meta.url)),
    settings: options,
  });
}
