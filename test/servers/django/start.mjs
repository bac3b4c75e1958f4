// @ts-check
// A real Django with DRF and SimpleJWT, for one test file or the demo. It is plain JavaScript with types in comments,
// so that a typed test and `node` itself can both import it.
import { spawn } from 'node:child_process';
import { request } from 'node:http';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { findPython } from '../../support/system.mjs';

/**
 * What can be changed while the server runs. Lifetimes are in seconds: SimpleJWT cuts `exp` to whole seconds, so a
 * token lives up to one second less, and one of `accessLifetime: 1` may be refused at once.
 * @typedef {object} DjangoSettings
 * @property {number} [accessLifetime] Life of access and sliding tokens. Default is 300 (5 minutes).
 * @property {number} [refreshLifetime] Life of refresh tokens, and how long a sliding one can be renewed. Default is
 *   86400 (a day).
 * @property {boolean} [rotate] A refresh gives a new refresh token, and revokes the old one. Default is true.
 * @property {number} [refreshDelayMs] How long the refresh route holds its answer back, once its work is done, in
 *   milliseconds. Default is 0.
 * @property {number | null} [refreshStatus] The refresh route does nothing but answer this: 503 as HTML, others as
 *   `{"detail": …}`. Default is null (it works).
 * @property {number | string | null} [retryAfter] The `Retry-After` of `refreshStatus`. Default is null (none).
 */

/**
 * @typedef {object} DjangoStart
 * @property {boolean} [blacklist] Whether tokens can be revoked. Without it a rotated token stays good, and
 *   `/auth/token/blacklist/` and `/auth/logout/` answer 404. Default is true.
 * @property {readonly string[]} [origins] The origins that CORS lets in. Default is every loopback origin.
 * @property {readonly string[]} [exposeHeaders] The headers that CORS lets a page read. Default is none.
 * @property {string} [staticDir] A folder to serve below `/`. The API's own paths win. Default is none.
 */

/** @typedef {DjangoStart & Pick<DjangoSettings, 'accessLifetime' | 'refreshLifetime' | 'rotate'>} DjangoOptions */

/**
 * One request, control requests apart.
 * @typedef {object} LogEntry
 * @property {string} method
 * @property {string} path Without the query.
 * @property {number} status 0 until it is answered.
 * @property {boolean} hadAuthorization Whether it had an Authorization header, whatever was in it.
 */

/**
 * @typedef {object} DjangoServer
 * @property {string} url `http://127.0.0.1:PORT`, without a slash at the end.
 * @property {() => Promise<readonly LogEntry[]>} log The requests since the last reset, in order of arrival.
 * @property {(path: string) => Promise<number>} count How many requests a path had, OPTIONS apart. A path has no query.
 * @property {() => Promise<void>} reset Empties the log; users, settings and faults are as at the start again. Tokens
 *   that were given or revoked stay so.
 * @property {(settings: DjangoSettings) => Promise<void>} set Changes the server while it runs, until the next reset.
 * @property {(username: string, change: 'activate' | 'deactivate' | 'delete') => Promise<void>} user Changes a user.
 * @property {() => Promise<void>} revokeAll Blacklists every refresh and sliding token that was ever handed out.
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
  const python = findPython();
  if (python === undefined) {
    throw new Error(
      'No Python here has Django, DRF, SimpleJWT and corsheaders. Run: node test/support/system.mjs django',
    );
  }
  const child = spawn(python, ['-B', fileURLToPath(new URL('serve.py', import.meta.url))], {
    env: { ...process.env, LATCHKEY_DJANGO_OPTIONS: JSON.stringify(options) },
  });
  const ended = new Promise((resolve) => child.once('close', resolve));
  const stop = async () => {
    // The end of its input is its sign to go. It is killed only if it does not take it.
    child.stdin.end();
    const last = setTimeout(() => child.kill('SIGKILL'), 3_000);
    await ended;
    clearTimeout(last);
  };
  const port = await readPort(child, ended).catch(async (error) => {
    await stop();
    throw error;
  });
  const url = `http://127.0.0.1:${port}`;

  /** @type {DjangoServer['log']} */
  const log = () => call(url, 'GET', 'log');
  return {
    url,
    log,
    count: async (path) => (await log()).filter((entry) => entry.path === path && entry.method !== 'OPTIONS').length,
    reset: () => call(url, 'POST', 'reset'),
    set: (settings) => call(url, 'POST', 'settings', settings),
    user: (username, change) =>
      call(url, 'POST', 'user', {
        username,
        ...(change === 'delete' ? { delete: true } : { is_active: change === 'activate' }),
      }),
    revokeAll: () => call(url, 'POST', 'revoke-all'),
    stop,
  };
}

/**
 * Waits for the line that names the port. What Python says on its standard error before is part of the error, what it
 * says later is a traceback of a view and goes to ours.
 * @param {import('node:child_process').ChildProcessWithoutNullStreams} child
 * @param {Promise<unknown>} ended
 * @returns {Promise<number>}
 */
function readPort(child, ended) {
  return new Promise((resolve, reject) => {
    let said = '';
    const collect = (/** @type {Buffer} */ text) => {
      said += text;
    };
    /** @param {string} what */
    const fail = (what) => {
      clearTimeout(tooLong);
      reject(new Error(`${what}. Try: node test/support/system.mjs django\n${said}`));
    };
    const tooLong = setTimeout(() => fail('The Django test server did not start within 30 seconds'), 30_000);
    child.once('error', (error) => fail(`The Django test server could not be started: ${error.message}`));
    ended.then(() => fail('The Django test server ended before it was ready'));
    child.stderr.on('data', collect);
    createInterface(child.stdout).once('line', (line) => {
      clearTimeout(tooLong);
      child.stderr.off('data', collect);
      child.stderr.pipe(process.stderr, { end: false });
      resolve(JSON.parse(line).port);
    });
  });
}

/**
 * One control request. By `node:http`, because a test may have replaced `fetch`; on a connection of its own, because a
 * kept one would outlive the server.
 * @param {string} url
 * @param {string} method
 * @param {string} route
 * @param {unknown} [body]
 * @returns {Promise<any>}
 */
function call(url, method, route, body) {
  return new Promise((resolve, reject) => {
    const payload = body === undefined ? '' : JSON.stringify(body);
    const headers = { 'Content-Length': Buffer.byteLength(payload) };
    request(`${url}/_control/${route}`, { method, headers, agent: false }, (answer) => {
      let text = '';
      answer.setEncoding('utf8');
      answer.on('data', (part) => {
        text += part;
      });
      answer.on('error', reject);
      answer.on('end', () => {
        if (answer.statusCode === 200) resolve(JSON.parse(text));
        else reject(new Error(`/_control/${route} answered ${answer.statusCode}: ${text}`));
      });
    })
      .on('error', reject)
      .end(payload);
  });
}
