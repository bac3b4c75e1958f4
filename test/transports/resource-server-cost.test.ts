// @vitest-environment node
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Engine } from '../../src/session/engine.ts';
import { createMayCarry, type MayCarry, type TransportOptions } from '../../src/transports/resource-server.ts';

const API = 'https://api.example.com';
const PAGE = 'https://app.example.com/dir/';

/** How often each was asked for since the count was last taken. */
const count = { parser: 0, page: 0, endpoints: 0 };

/** What the decisions on these URLs cost, one after another. */
function costOf(mayCarry: MayCarry, urls: readonly string[]): typeof count {
  Object.assign(count, { parser: 0, page: 0, endpoints: 0 });
  for (const url of urls) mayCarry(url);
  return { ...count };
}

function ask(options: TransportOptions, defaultServer?: string): MayCarry {
  const engine = {
    diagnose() {},
    endpoints() {
      count.endpoints += 1;
      return [`${API}/auth/`];
    },
  } as unknown as Engine;
  const mayCarry = createMayCarry(options, engine, () => defaultServer);
  for (const url of [`${API}/first`, '/first']) mayCarry(url);
  return mayCarry;
}

beforeEach(() => {
  class CountedUrl extends URL {
    constructor(url: string | URL, base?: string | URL) {
      count.parser += 1;
      super(url, base);
    }
  }
  vi.stubGlobal('location', new URL(PAGE));
  vi.stubGlobal('document', {
    get baseURI() {
      count.page += 1;
      return PAGE;
    },
  });
  vi.stubGlobal('URL', CountedUrl);
});
afterEach(() => vi.unstubAllGlobals());

describe('the decision on where a token may go', () => {
  it.each<[string, TransportOptions, string | undefined]>([
    ['listed', { resourceServers: [API] }, undefined],
    ['the base URL of the client', {}, `${API}/v1`],
  ])('costs no parser and no look at the page for whole URLs of a server that is %s', (_, options, server) => {
    const urls = [`${API}/a`, `${API}/b?x=1`, `${API}/auth/`, `${API}/a`];
    expect(costOf(ask(options, server), urls)).toEqual({ parser: 0, page: 0, endpoints: 0 });
  });

  it.each([undefined, '/api'])(
    'costs no parser for paths from the root of the page, with a base URL of %j',
    (server) => {
      const { parser, endpoints } = costOf(ask({}, server), ['/a', '/b?x=1', '/', '/a']);
      expect({ parser, endpoints }).toEqual({ parser: 0, endpoints: 0 });
    },
  );

  it('looks at the page for what depends on it alone: each that has no host, or all of the page’s own', () => {
    const urls = [`${PAGE}a`, `${API}/a`];
    expect(costOf(ask({ resourceServers: [API] }), urls).page).toBe(1); // To parse the one that is not listed.
    expect(costOf(ask({ resourceServers: [API] }), ['/a', '/a']).page).toBeGreaterThanOrEqual(2);
    expect(costOf(ask({}), [`${PAGE}a`, `${PAGE}b`]).page).toBe(2);
  });

  it('is made once for each URL, however many there are between', () => {
    const mayCarry = ask({ resourceServers: [API] });
    const odd = [`${API}/ü`, 'https://elsewhere.example/', `${API}/a/../b`];
    expect(costOf(mayCarry, odd).parser).toBe(3);
    expect(costOf(mayCarry, [...odd, ...odd])).toEqual({ parser: 0, page: 0, endpoints: 0 });
  });

  it('is remembered for 500 URLs, and all are forgotten rather than one more: memory has an end', () => {
    const mayCarry = createMayCarry({ resourceServers: [API] }, fakeEngine(), () => undefined);
    const urls = Array.from({ length: 500 }, (_, index) => `${API}/ü/${index}`);
    expect(costOf(mayCarry, urls).parser).toBe(500);
    expect(costOf(mayCarry, urls).parser).toBe(0);
    expect(costOf(mayCarry, [`${API}/ü/more`]).parser).toBe(1);
    expect(costOf(mayCarry, [`${API}/ü/more`]).parser).toBe(0);
    expect(costOf(mayCarry, urls).parser).toBe(500);
  });

  it('is worked out again, once, when the base URL of the client changes', () => {
    let server = API;
    const mayCarry = createMayCarry({}, fakeEngine(), () => server);
    expect(costOf(mayCarry, [`${API}/a`, `${API}/b`]).endpoints).toBe(1);
    server = 'https://other.example.com';
    expect(costOf(mayCarry, [`${API}/a`, `${server}/b`]).endpoints).toBe(1);
    expect([mayCarry(`${API}/a`), mayCarry(`${server}/b`)]).toEqual([false, true]);
  });
});

function fakeEngine(): Engine {
  return {
    diagnose() {},
    endpoints() {
      count.endpoints += 1;
      return [];
    },
  } as unknown as Engine;
}
