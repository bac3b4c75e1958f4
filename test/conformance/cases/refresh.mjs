import { createGate } from '../stage.mjs';

/** `count` requests at once. */
const many = (client, count, path = '/api/me/') => Array.from({ length: count }, () => client.send(path));

/** Of one refresh for everybody. */
export const REFRESH = [
  {
    id: 'C1',
    title: '1, 5 and 1,000 requests are refused at once: one refresh each time, and all are answered',
    // Slow enough for a machine that is busy: nobody's patience is to end over a thousand connections.
    speed: 0.25,
    async run(stage) {
      for (const count of [1, 5, 1000]) {
        const server = await stage.serve();
        const client = await stage.open(server);
        server.refuseAll();
        // The new token comes when all have been refused: what is refused later is another case.
        server.script.refresh = () =>
          stage
            .until(() => server.refusals() >= count, 'not all were sent')
            .then(
              () => stage.wait(100),
              () => {},
            );
        stage.equal(await settled(stage, many(client, count), 12_000), { 200: count }, `${count} requests`);
        stage.equal(server.refreshes(), 1, `refreshes for ${count} requests`);
      }
    },
  },
  {
    id: 'C2',
    title: '50 callers with a token that is over: one refresh, and the API refuses nobody',
    speed: 5,
    async run(stage) {
      const server = await stage.serve();
      server.script.lifetime = 20;
      // A page that is looked at would have renewed them before.
      stage.hide();
      const client = await stage.open(server);
      await stage.wait(25_000);
      server.refuseAll();
      stage.equal(await settled(stage, many(client, 50)), { 200: 50 }, '50 requests');
      stage.equal([server.refreshes(), server.refusals()], [1, 0], 'refreshes and refusals');
    },
  },
  {
    id: 'C3',
    title: 'a late refusal of an older token is sent again with the current one, without a refresh',
    async run(stage) {
      const server = await stage.serve();
      const client = await stage.open(server);
      const late = createGate();
      server.script.request = ({ path, isAuthorized }) =>
        path === '/api/slow/' && !isAuthorized ? late.passed : undefined;
      server.refuseAll();
      const slow = client.send('/api/slow/');
      await stage.until(() => server.requests('/api/slow/').length === 1, 'the slow request was not sent');
      stage.equal(await settled(stage, [client.send('/api/me/')]), { 200: 1 }, 'the quick request');
      late.open();
      stage.equal(await settled(stage, [slow]), { 200: 1 }, 'the slow request');
      stage.equal(server.refreshes(), 1, 'refreshes');
    },
  },
  {
    id: 'C4',
    title: 'a second refusal goes to the caller: two sends, one refresh, and the session stays',
    async run(stage) {
      const server = await stage.serve();
      const client = await stage.open(server);
      server.script.request = () => ({ status: 401, body: { detail: 'no' } });
      stage.equal(await settled(stage, [client.send('/api/closed/')]), { 401: 1 }, 'the request');
      stage.equal([server.requests().length, server.refreshes()], [2, 1], 'sends and refreshes');
      stage.check(client.isSignedIn(), 'the session was ended');
    },
  },
  {
    id: 'C5',
    title: 'options that are used for two calls are retried in both',
    async run(stage) {
      const server = await stage.serve();
      const client = await stage.open(server);
      const options = { url: '/api/me/', method: 'get', headers: { 'X-App': '1' } };
      const call = () => (client.api ? client.api.request(options) : client.send('/api/me/', options));
      for (const time of ['first', 'second']) {
        server.refuseAll();
        stage.equal(await settled(stage, [call()]), { 200: 1 }, `the ${time} call`);
      }
      stage.equal(server.refreshes(), 2, 'refreshes');
    },
  },
  {
    id: 'C6',
    title: 'two clients of one session share one refresh; two sessions share nothing',
    async run(stage) {
      const server = await stage.serve();
      const client = await stage.open(server, stage.stale(server));
      server.script.refresh = () => stage.wait(100);
      const other = client.another();
      stage.equal(
        await settled(stage, [...many(client, 3), ...many({ send: other }, 3)]),
        { 200: 6 },
        'requests of two clients',
      );
      stage.equal(server.refreshes(), 1, 'refreshes of two clients');
      const elsewhere = await stage.serve();
      await stage.open(elsewhere);
      const seen = server.requests().length;
      await client.send('/api/me/');
      stage.check(server.requests()[seen].isAuthorized, 'one session sent the token of another');
    },
  },
  {
    id: 'C8',
    title: 'a refresh of the app that throws, gives no promise, or never settles leaves the client usable',
    speed: 25,
    async run(stage) {
      const broken = {
        'that throws': () => {
          throw new Error('broken');
        },
        'that gives nothing': () => undefined,
        'that never settles': () => new Promise(() => {}),
      };
      for (const [name, fault] of Object.entries(broken)) {
        const server = await stage.serve();
        let calls = 0;
        const refresh = () => {
          calls += 1;
          return calls === 1 ? fault() : Promise.resolve(server.issue());
        };
        const client = await stage.open(server, { ...stage.stale(server), refresh });
        const [first] = await stage.outcomes([client.send('/api/me/')], 40_000);
        stage.check(first !== 'hangs', `a request hangs with a refresh ${name}`);
        await stage.recovers(client, `after a refresh ${name}`);
      }
    },
  },
  {
    id: 'C9',
    title: 'a refresh that fails settles every waiter with what happened, none as cancelled',
    speed: 20,
    async run(stage) {
      const server = await stage.serve();
      server.script.refresh = () => ({ status: 503, body: { detail: 'busy' } });
      const client = await stage.open(server, stage.stale(server));
      const outcomes = await stage.outcomes(many(client, 20), 60_000);
      stage.equal(outcomes.filter((each) => each === 'hangs').length, 0, 'requests that hang');
      for (const error of outcomes) {
        if (typeof error === 'number') continue;
        stage.check(error instanceof Error, `rejected with ${typeof error}, no error`);
        stage.check(!error.__CANCEL__ && error.name !== 'AbortError', 'rejected as if the caller had cancelled it');
        stage.check(
          error.response ?? error.cause ?? error.status ?? /503/.test(error.message),
          `rejected without its cause: ${error.message}`,
        );
      }
    },
  },
  {
    id: 'C10',
    title: 'tokens that live for 8 seconds are not refreshed on every request',
    async run(stage) {
      const server = await stage.serve();
      server.script.lifetime = 8;
      const client = await stage.open(server);
      for (let count = 0; count < 6; count += 1) await client.send('/api/me/');
      stage.equal([server.refreshes(), server.refusals()], [0, 0], 'refreshes and refusals');
    },
  },
  {
    id: 'C11',
    title: 'tokens that live for 30 days or 10 years are not refreshed at once',
    async run(stage) {
      for (const days of [30, 3650]) {
        const server = await stage.serve();
        server.script.lifetime = days * 86_400;
        const client = await stage.open(server);
        await client.send('/api/me/');
        await stage.wait(300);
        stage.equal(server.refreshes(), 0, `refreshes of a token of ${days} days`);
      }
    },
  },
];

/** How many requests came to what. */
export async function settled(stage, promises, limit) {
  const counts = {};
  for (const outcome of await stage.outcomes(promises, limit)) {
    const key = outcome instanceof Error ? `${outcome.name}: ${outcome.message}` : String(outcome);
    counts[key] = (counts[key] ?? 0) + 1;
  }
  return counts;
}
