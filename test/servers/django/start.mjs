// @ts-check
// A real Django with DRF, SimpleJWT and djoser, for one test file or the demo. It is plain JavaScript with types in
// comments, so that a typed test and `node` itself can both import it.
import { fileURLToPath } from 'node:url';
import { findPython } from '../../support/system.mjs';
import { startPython } from '../python/process.mjs';

/**
 * What can be changed while the server runs. Lifetimes are in seconds: SimpleJWT cuts `exp` to whole seconds, so a
 * token lives up to one second less, and one of `accessLifetime: 1` may be refused at once.
 * @typedef {object} DjangoSettings
 * @property {number} [accessLifetime] Life of access and sliding tokens, and of those of the older scheme. Default is
 *   300 (5 minutes).
 * @property {number} [refreshLifetime] Life of refresh tokens, and how long a sliding one can be renewed. Default is
 *   86400 (a day).
 * @property {boolean} [rotate] A refresh gives a new refresh token, and revokes the old one. Default is true.
 * @property {number} [graceSeconds] For how long a refresh token that was just rotated is answered again, with the
 *   same successor. Default is 0 (not at all).
 * @property {number} [refreshDelayMs] How long the refresh routes hold their answer back, once their work is done, in
 *   milliseconds. Default is 0.
 * @property {number | null} [refreshStatus] The refresh routes do nothing but answer this: 503 as HTML, others as
 *   `{"detail": …}`. Default is null (they work).
 * @property {number | string | null} [retryAfter] The `Retry-After` of `refreshStatus`. Default is null (none).
 * @property {string | true | null} [slideHeader] The header in which whatever `/api/` answers to a signed-in user
 *   carries a fresh access token; true is `X-New-Token`. Default is null (none).
 * @property {boolean} [slideField] `/api/me/` has such a token in its field `token`. Default is false.
 * @property {'older' | 'foreign' | 'twice' | 'missing' | null} [slideFault] What is wrong with that token: it is a
 *   minute older than the presented one, another user's, twice in the header, or not there. Default is null (nothing).
 * @property {number} [legacyRefreshDelta] For how long after the sign-in a token of the older scheme is renewed.
 *   Default is 604800 (a week).
 */

/**
 * @typedef {object} DjangoStart
 * @property {boolean} [blacklist] Whether tokens can be revoked. Without it a rotated token stays good, and
 *   `/auth/token/blacklist/`, `/auth/logout/` and every `logout/all/` answer 404. Default is true.
 * @property {readonly string[]} [origins] The origins that CORS lets in and Django's CSRF check trusts. Default is every loopback origin.
 * @property {readonly string[]} [exposeHeaders] The headers that CORS lets a page read. Default is none.
 * @property {string} [staticDir] A folder to serve below `/`. The API's own paths win. Default is none.
 */

/** @typedef {DjangoStart & Pick<DjangoSettings, 'accessLifetime' | 'refreshLifetime' | 'rotate' | 'graceSeconds'>} DjangoOptions */

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
 * @typedef {object} DjangoServer
 * @property {string} url `http://127.0.0.1:PORT`, without a slash at the end.
 * @property {() => Promise<readonly LogEntry[]>} log The requests since the last reset, in order of arrival.
 * @property {(path: string) => Promise<number>} count How many requests a path had, OPTIONS apart. A path has no query.
 * @property {() => Promise<number>} renewals How often `/jar/` has renewed its cookies since the last reset.
 * @property {() => Promise<void>} reset Empties the log; users, settings and faults are as at the start again. Tokens
 *   that were given or revoked stay so.
 * @property {(settings: DjangoSettings) => Promise<void>} set Changes the server while it runs, until the next reset.
 * @property {(username: string, change: 'activate' | 'deactivate' | 'delete') => Promise<void>} user Changes a user.
 * @property {() => Promise<void>} revokeAll Blacklists every refresh and sliding token that was ever handed out, in
 *   cookies too, and makes the tokens of the older scheme bad.
 * @property {() => Promise<void>} stop Ends the process, and waits until it has ended.
 */

/**
 * Starts the server on a free port, with the users alice, bob and carol (`alice-pass-1`, …). It ends with `stop()`, and
 * with this process, however that ends.
 * @param {DjangoOptions} [options]
 * @returns {Promise<DjangoServer>}
 * @throws {Error} when no Python has what it needs, or the server does not start within 30 seconds.
 */
export async function startDjango(options = {}) {
  return await startPython({
    name: 'Django',
    python: findPython(),
    script: fileURLToPath(new URL('serve.py', import.meta.url)),
    settings: options,
  });
}
