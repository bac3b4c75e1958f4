import { startServer } from './server.mjs';
import { rightNow, setSkew, wait } from './time.mjs';

/** What a case says when it does not find what it expects. */
export class Finding extends Error {}

let made = 0;

/**
 * What a case works with: servers, clients signed in to them, and ways to look. Whatever it starts ends with `clear`.
 *
 * @param kind The module of the contestant.
 */
export function createStage(kind) {
  const undo = [];
  const stage = {
    kind,
    wait,
    setSkew,
    now: rightNow,
    check(isRight, what) {
      if (!isRight) throw new Finding(what);
    },
    equal(actual, expected, what) {
      const [is, should] = [actual, expected].map((value) => JSON.stringify(value) ?? 'nothing');
      if (is !== should) throw new Finding(`${what}: ${is} instead of ${should}`);
    },
    async serve() {
      const server = await startServer({ now: rightNow });
      undo.unshift(server.stop);
      return server;
    },
    /** A client whose user has just signed in with tokens of the server's; `signedOut` collects what it said of its end. */
    async open(server, { tokens = server.issue(), lifetime = server.script.lifetime, ...app } = {}) {
      made += 1;
      const signedOut = [];
      const client = await kind.createClient({
        origin: server.origin,
        tokens,
        expiresAt: Date.now() + lifetime * 1000,
        name: `case-${made}`,
        storage: createStorage(),
        onSignedOut: (reason) => signedOut.push(reason),
        ...app,
      });
      if (client.close) undo.unshift(client.close);
      return Object.assign(client, { signedOut });
    },
    /** Lets the page be one that nobody looks at. */
    hide() {
      Object.assign(document, { hidden: true, visibilityState: 'hidden' });
      document.dispatchEvent(new Event('visibilitychange'));
    },
    /** Asks every second, until it is answered 200. */
    async recovers(client, what, limit = 90_000) {
      let outcome;
      for (const end = rightNow() + limit; rightNow() < end && outcome !== 200; await wait(1000)) {
        [outcome] = await stage.outcomes([client.send('/api/me/')], 20_000);
      }
      stage.check(outcome === 200, `no request is answered ${what}: ${outcome?.message ?? outcome}`);
    },
    /** Tokens whose access token is dead already, by the clock and on the server. */
    stale(server) {
      const tokens = server.issue({ lifetime: -60 });
      server.refuseAll();
      return { tokens, lifetime: -60 };
    },
    /**
     * What promises came to: status codes and errors; `hangs` for those that do not settle in so many milliseconds, and in
     * four seconds of the machine, which may be busy.
     */
    async outcomes(promises, limit = 8000) {
      const late = Promise.all([wait(limit), wait.real(4000)]).then(() => 'hangs');
      return Promise.all(
        promises.map((promise) =>
          Promise.race([
            promise.then(
              ({ status }) => status,
              (error) => error,
            ),
            late,
          ]),
        ),
      );
    },
    async until(isSo, what, limit = 3000) {
      for (let waited = 0; !isSo(); waited += 5) {
        if (waited > limit) throw new Finding(what);
        await wait(5);
      }
    },
  };
  return stage;
}

/** What a page calls localStorage: of one app, in memory. */
function createStorage() {
  const items = new Map();
  return {
    getItem: (key) => items.get(key) ?? null,
    setItem: (key, value) => void items.set(key, String(value)),
    removeItem: (key) => void items.delete(key),
    clear: () => items.clear(),
    values: () => items.values(),
  };
}

/** A promise and what settles it. */
export function createGate() {
  let open;
  const passed = new Promise((resolve) => {
    open = resolve;
  });
  return { passed, open };
}
