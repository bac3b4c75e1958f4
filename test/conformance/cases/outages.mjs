import { createGate } from '../stage.mjs';
import { settled } from './refresh.mjs';

const HTML = '<!doctype html><title>error</title>';
/** Answers of a token endpoint that say nothing about the session. */
const FAULTS = {
  'a connection that breaks': { status: 0 },
  408: { status: 408 },
  425: { status: 425 },
  429: { status: 429, body: { detail: 'Request was throttled.' } },
  500: { status: 500, body: HTML },
  502: { status: 502, body: HTML },
  503: { status: 503, body: HTML },
  504: { status: 504, body: HTML },
  520: { status: 520, body: HTML },
  '200 with HTML': { status: 200, body: HTML },
  '200 with nothing': { status: 200, body: '' },
};

/** Of never being signed out by accident. */
export const OUTAGES = [
  {
    id: 'C24',
    title: 'a token endpoint that is out of order (network, 408, 425, 429, 5xx, HTML) ends no session',
    speed: 20,
    async run(stage) {
      for (const [name, fault] of Object.entries(FAULTS)) {
        const server = await stage.serve();
        const client = await stage.open(server, stage.stale(server));
        server.script.refresh = () => fault;
        await stage.outcomes([client.send('/api/me/')], 15_000);
        stage.check(client.isSignedIn() && client.signedOut.length === 0, `signed out by ${name}`);
        server.script.refresh = undefined;
        await stage.recovers(client, `after ${name}`);
      }
    },
  },
  {
    id: 'C25',
    title: 'what ends a session is a rejection in the server’s own words; the 403 of a proxy is none',
    speed: 5,
    async run(stage) {
      const open = async (answer) => {
        const server = await stage.serve();
        const client = await stage.open(server, stage.stale(server));
        if (answer) server.script.refresh = () => answer;
        else server.rejectAll();
        await stage.outcomes([client.send('/api/me/')], 15_000);
        return client;
      };
      const rejected = await open();
      await stage.until(() => !rejected.isSignedIn(), 'a rejection did not end the session', 10_000);
      for (const answer of [
        { status: 403, body: HTML },
        { status: 400, body: HTML },
      ])
        stage.check((await open(answer)).isSignedIn(), `signed out by a ${answer.status} with HTML`);
    },
  },
  {
    id: 'C26',
    title: 'after 503 with Retry-After: 30 nobody asks again before, whatever the number of callers',
    speed: 20,
    async run(stage) {
      const server = await stage.serve();
      const client = await stage.open(server, stage.stale(server));
      server.script.refresh = () => ({ status: 503, body: HTML, headers: { 'Retry-After': '30' } });
      for (const _ of [1, 2, 3]) {
        for (let count = 0; count < 20; count += 1) client.send('/api/me/').catch(() => {});
        await stage.wait(6000);
      }
      stage.equal(server.refreshes(), 1, 'refreshes before the time was over');
      server.script.refresh = undefined;
      await stage.wait(15_000);
      await stage.recovers(client, 'after it');
    },
  },
  {
    id: 'C27',
    title: 'a rejection while the access token is alive leaves the session usable until that token is over',
    speed: 20,
    async run(stage) {
      const server = await stage.serve();
      server.script.lifetime = 125;
      const start = stage.now();
      const client = await stage.open(server);
      server.rejectAll();
      while (stage.now() < start + 121_000) {
        const [outcome] = await stage.outcomes([client.send('/api/me/')]);
        const isSignedIn = client.isSignedIn();
        const second = Math.round((stage.now() - start) / 1000);
        // A machine that is busy may have slept through the token's end.
        if (second >= 122) break;
        stage.check(outcome === 200, `a request after ${second} s of 125: ${outcome?.message ?? outcome}`);
        stage.check(isSignedIn, `signed out after ${second} s of 125`);
        await stage.wait(2000);
      }
      stage.check(server.refreshes() > 0, 'nothing was refreshed ahead of time');
    },
  },
  {
    id: 'C31',
    title: 'an answer without a refresh token keeps the one that there is',
    async run(stage) {
      const server = await stage.serve();
      server.script.rotates = false;
      const client = await stage.open(server);
      for (const time of ['first', 'second']) {
        server.refuseAll();
        const tokens = stage.kind.isByClock ? await stage.open(server, stage.stale(server)) : client;
        stage.equal(await settled(stage, [tokens.send('/api/me/')]), { 200: 1 }, `a request after the ${time} expiry`);
        stage.check(tokens.isSignedIn(), `signed out after the ${time} refresh`);
      }
    },
  },
  {
    id: 'C32',
    title:
      'a refresh that is answered after 25 s still counts; one that never is, is given up, and the next starts anew',
    speed: 5,
    async run(stage) {
      const server = await stage.serve();
      const held = createGate();
      server.script.refresh = async (count) => {
        if (count === 1) await stage.wait(25_000);
      };
      const client = await stage.open(server, stage.stale(server));
      await stage.outcomes([client.send('/api/me/')], 28_000);
      await stage.wait(20_000);
      stage.equal(await settled(stage, [client.send('/api/me/')]), { 200: 1 }, 'a request after the late answer');
      stage.equal(server.refreshes(), 1, 'refreshes');
      const silent = await stage.serve();
      silent.script.refresh = (count) => (count === 1 ? held.passed : undefined);
      const other = await stage.open(silent, stage.stale(silent));
      await stage.outcomes([other.send('/api/me/')], 40_000);
      await stage.recovers(other, 'after the answer that never came');
      stage.check(other.isSignedIn(), 'signed out by an answer that never came');
    },
  },
];
