// @ts-check
// A test server in Python: its process, the line that names its port, and the control requests.
import { spawn } from 'node:child_process';
import { request } from 'node:http';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/**
 * What every server of the tests is held by; each says in its own `start.mjs` what the members mean there.
 * @typedef {object} PythonServer
 * @property {string} url `http://127.0.0.1:PORT`, without a slash at the end.
 * @property {() => Promise<any>} log
 * @property {(path: string) => Promise<number>} count
 * @property {() => Promise<number>} renewals
 * @property {() => Promise<void>} reset
 * @property {(settings: object) => Promise<void>} set
 * @property {(username: string, change: 'activate' | 'deactivate' | 'delete') => Promise<void>} user
 * @property {() => Promise<void>} revokeAll
 * @property {() => Promise<void>} stop Ends the process, and waits until it has ended.
 */

/**
 * Starts a script that listens on a free port and says which in its first line, as `{"port": 1}`. It ends with
 * `stop()`, and with this process, however that ends.
 * @param {object} options
 * @param {string} options.name What it is, in a sentence, and what system.mjs calls it in lower case.
 * @param {string | undefined} options.python The Python to run it with.
 * @param {string} options.script The path of the script.
 * @param {object} options.settings What the script reads, as JSON, from LATCHKEY_OPTIONS.
 * @returns {Promise<PythonServer>}
 * @throws {Error} when there is no Python, or the server does not start within 30 seconds.
 */
export async function startPython({ name, python, script, settings }) {
  const advice = `node test/support/system.mjs ${name.toLowerCase()}`;
  if (python === undefined) throw new Error(`No Python here has what the ${name} test server needs. Run: ${advice}`);
  const child = spawn(python, ['-B', script], {
    env: {
      ...process.env,
      PYTHONPATH: fileURLToPath(new URL('.', import.meta.url)),
      LATCHKEY_OPTIONS: JSON.stringify(settings),
    },
  });
  const ended = new Promise((resolve) => child.once('close', resolve));
  const stop = async () => {
    // The end of its input is its sign to go. It is killed only if it does not take it.
    child.stdin.end();
    const last = setTimeout(() => child.kill('SIGKILL'), 3_000);
    await ended;
    clearTimeout(last);
  };
  const port = await readPort(child, ended, name, advice).catch(async (error) => {
    await stop();
    throw error;
  });
  const url = `http://127.0.0.1:${port}`;
  const log = () => call(url, 'GET', 'log');
  return {
    url,
    log,
    count: async (path) =>
      (await log()).filter(
        (/** @type {{ path: string, method: string }} */ entry) => entry.path === path && entry.method !== 'OPTIONS',
      ).length,
    renewals: () => call(url, 'GET', 'renewals'),
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
 * @param {string} name
 * @param {string} advice
 * @returns {Promise<number>}
 */
function readPort(child, ended, name, advice) {
  return new Promise((resolve, reject) => {
    let said = '';
    const collect = (/** @type {Buffer} */ text) => {
      said += text;
    };
    /** @param {string} what */
    const fail = (what) => {
      clearTimeout(tooLong);
      reject(new Error(`The ${name} test server ${what}. Try: ${advice}\n${said}`));
    };
    const tooLong = setTimeout(() => fail('did not start within 30 seconds'), 30_000);
    child.once('error', (error) => fail(`could not be started: ${error.message}`));
    ended.then(() => fail('ended before it was ready'));
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
