// @vitest-environment node
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Engine } from '../../src/session/engine.ts';
import { createMayCarry, type MayCarry, type TransportOptions } from '../../src/transports/resource-server.ts';

const API = 'https://api.example.com';
const APP = 'https://app.example.com';

interface Asked {
  readonly mayCarry: MayCarry;
  /** The diagnostics so far, as `code: message`. */
  readonly told: string[];
}

/** A decider of its own for each test, which has seen no URL yet. */
function ask(options: unknown, defaultServer?: string, endpoints: readonly string[] = []): Asked {
  const told: string[] = [];
  const engine = {
    diagnose: (code: string, message: string) => void told.push(`${code}: ${message}`),
    endpoints: () => endpoints,
  } as unknown as Engine;
  return { told, mayCarry: createMayCarry(options as TransportOptions, engine, () => defaultServer) };
}

function page(href: string, base: string = href): void {
  vi.stubGlobal('location', new URL(href));
  vi.stubGlobal('document', { baseURI: base });
}

afterEach(() => vi.unstubAllGlobals());

describe('an origin with a path', () => {
  it.each(['https://example.com/api', 'https://example.com/api/'])(
    'opens %s to tokens, and nothing else of its origin, from the first request on (ATT-3)',
    (server) => {
      for (const path of ['', '/', '/ap', '/apix', '/apix/users', '/admin', '/x/api/']) {
        expect(ask({ resourceServers: [server] }).mayCarry(`https://example.com${path}`)).toBe(false);
      }
      for (const path of ['/api', '/api/', '/api/users', '/api?x=1']) {
        expect(ask({ resourceServers: [server] }).mayCarry(`https://example.com${path}`)).toBe(true);
      }
    },
  );

  it('beside a whole origin narrows down its own alone (ATT-3)', () => {
    const { mayCarry } = ask({ resourceServers: ['https://example.com/api', API] });
    expect(mayCarry('https://example.com/admin')).toBe(false);
    expect(mayCarry(`${API}/admin`)).toBe(true);
  });

  it('is the one that no encoded slash may lead out of; a whole origin has nothing outside (ATT-3)', () => {
    const [whole, part] = [API, `${API}/files`].map((server) => ask({ resourceServers: [server] }).mayCarry);
    for (const url of ['HTTPS://api.example.com/files/a%2Fb', 'HTTPS://api.example.com/files/a%5cb']) {
      expect(whole?.(url)).toBe(true);
      expect(part?.(url)).toBe(false);
    }
  });
});

describe('a wildcard', () => {
  it.each([
    ['*.example.com', 'https://api.example.com/x'],
    ['*.api.example.com', 'https://eu.api.example.com/x'],
    ['*.a.b.example.com', 'https://c.a.b.example.com/x'],
    ['*.my-shop.example', 'https://api.my-shop.example/x'],
    ['*.shop24.example', 'https://api.shop24.example/x'],
    ['*.example.xn--p1ai', 'https://api.example.xn--p1ai/x'],
    ['*.xn--80ak6aa92e.com', 'https://api.xn--80ak6aa92e.com/x'],
  ])('may be %s, and holds for %s (ATT-2)', (host, url) => {
    const { mayCarry, told } = ask({ resourceServers: [{ host }] });
    expect(mayCarry(url)).toBe(true);
    expect(told).toEqual([]);
  });

  it('stands in one list with origins, and neither takes anything from the other (ATT-2)', () => {
    const { mayCarry } = ask({ resourceServers: [API, { host: '*.example.org' }] });
    expect([`${API}/x`, 'https://a.example.org/x', 'https://a.example.com/x'].map(mayCarry)).toEqual([
      true,
      true,
      false,
    ]);
  });

  it.each([
    ['with a path', '*.example.com/'],
    ['with a port', '*.example.com:8443'],
    ['with a line end', '*.example.com\n'],
    ['with a scheme', 'https://*.example.com'],
    ['with a name before the star', 'api*.example.com'],
    ['with a top-level domain of digits', '*.example.1'],
    ['in a list', ['*.example.com']],
    ['in a String object', Object('*.example.com')],
  ])('cannot come %s (ATT-2)', (_, host) => {
    expect(() => ask({ resourceServers: [{ host }] })).toThrow(/^resourceServers: \{ host \} must be like/);
  });
});

describe('the page as the server', () => {
  it.each(['//evil.com/', '//evil.com', '/\\evil.com/', '/\t/evil.com/', '\\\\evil.com/'])(
    'is not reached by %j, which only begins like a path (ATT-1, ATT-2)',
    (url) => {
      page(`${APP}/dir/`);
      expect(ask({}).mayCarry(url)).toBe(false);
      expect(ask({}, '/api').mayCarry(url)).toBe(false);
    },
  );

  it('has its endpoints of the backend left out, also by a path from the root (C20, ATT-10)', () => {
    page(`${APP}/dir/page`);
    const { mayCarry } = ask({}, undefined, [`${APP}/auth/refresh/`]);
    expect(mayCarry('/auth/refresh/')).toBe(false);
    expect(mayCarry('/auth/refresh/?next=1')).toBe(false);
    expect(mayCarry('/auth/refresh/history')).toBe(true);
    expect(mayCarry('/auth/')).toBe(true);
  });

  it('is the page that there is now, for whole URLs as well (ATT-1)', () => {
    vi.stubGlobal('location', undefined);
    vi.stubGlobal('document', undefined);
    const { mayCarry } = ask({});
    expect(mayCarry(`${APP}/me`)).toBe(false);
    page(`${APP}/`);
    expect(mayCarry(`${APP}/me`)).toBe(true);
    page('https://other.example.com/');
    expect(mayCarry(`${APP}/me`)).toBe(false);
    expect(mayCarry('https://other.example.com/me')).toBe(true);
  });

  it('is nowhere, and nothing throws, when the page’s own address is none (ATT-1)', () => {
    vi.stubGlobal('location', undefined);
    vi.stubGlobal('document', { baseURI: 'nonsense' });
    for (const url of ['/x', 'x', '', '//evil.com/', `${APP}/x`]) expect(ask({}).mayCarry(url)).toBe(false);
  });

  it('is nowhere when its scheme only ends like http: such origins are all "null", and all alike (ATT-4)', () => {
    page('web+https://app.example/');
    for (const options of [{}, { allowInsecure: true }]) {
      const { mayCarry, told } = ask(options);
      told.length = 0;
      expect(mayCarry('web+https://evil.example/x')).toBe(false);
      expect(mayCarry('web+https://app.example/x')).toBe(false);
      expect(told).toEqual([]);
    }
    expect(() => ask({ resourceServers: ['/api'], allowInsecure: true })).toThrow('no origin such as');
  });
});

describe('the diagnostic of a server that is not listed', () => {
  it.each([`${API}/ü`, `HTTPS://API.example.com/x`, `${API}/a/../b`])(
    'does not speak of %j, which is listed and written in an odd way (ATT-4)',
    (url) => {
      const { mayCarry, told } = ask({ resourceServers: [API] });
      expect(mayCarry(url)).toBe(true);
      expect(told).toEqual([]);
    },
  );

  it('does not speak of an endpoint of the backend, which is at home on a listed server (C20)', () => {
    const { mayCarry, told } = ask({ resourceServers: [API] }, undefined, [`${API}/auth/`]);
    expect(mayCarry(`${API}/x/../auth/`)).toBe(false);
    expect(told).toEqual([]);
  });
});
