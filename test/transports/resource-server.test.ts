import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Engine } from '../../src/session/engine.ts';
import { createMayCarry, type MayCarry, type TransportOptions } from '../../src/transports/resource-server.ts';

const API = 'https://api.example.com';

interface Asked {
  readonly mayCarry: MayCarry;
  /** The diagnostics so far, as `code: message`. */
  readonly told: string[];
}

function ask(options: TransportOptions, defaultServer?: string, endpoints: readonly string[] = []): Asked {
  const told: string[] = [];
  const engine = {
    diagnose: (code: string, message: string) => void told.push(`${code}: ${message}`),
    endpoints: () => endpoints,
  } as unknown as Engine;
  return { told, mayCarry: createMayCarry(options, engine, () => defaultServer) };
}

function page(href: string, base: string = href): void {
  vi.stubGlobal('location', new URL(href));
  vi.stubGlobal('document', { baseURI: base });
}

afterEach(() => vi.unstubAllGlobals());

describe('origins', () => {
  it.each([
    'https://api.example.com.evil.com/',
    'https://apiXexample.com/',
    'https://api.example.com@evil.com/',
    'https://api.example.com:pw@evil.com/',
    'https://evil.com\\@api.example.com/',
    'https://evil.com/https://api.example.com/',
    'https://evil.com?https://api.example.com/',
    'https://evil.com#https://api.example.com/',
    'https://api.example.com%2eevil.com/',
    'https://api.example.com:8443/',
    'https://api.example.comevil.com/',
    'https://xapi.example.com/',
    'https://sub.api.example.com/',
    'https://example.com/',
    'https://api.example.co/',
    'https://api.example.com./',
    'https://аpi.example.com/',
    'https:\\\\evil.com/',
    'https:///evil.com/',
    '\\\\evil.com\\api.example.com',
    '//evil.com/',
    '/\\evil.com/',
    '/\t/evil.com/',
  ])('sends nothing to %j, which only looks like the listed one (ATT-1, ATT-2)', (url) => {
    page('https://app.example.com/');
    expect(ask({ resourceServers: [API] }).mayCarry(url)).toBe(false);
  });

  it.each([
    'https://api.example.com/users?x=https://evil.com#@evil.com',
    'https://api.example.com',
    'https://api.example.com:443/x',
    'HTTPS://API.EXAMPLE.COM/x',
    'https://api。example。com/x',
    'https://api%2eexample%2ecom/x',
    'https://ａｐｉ.example.com/x',
    'https:\\\\api.example.com\\x',
    ' https://api.example.com/x',
    'https://api.exa\tmple.com/x',
    '//api.example.com/x',
  ])('takes %j for the listed origin, because the URL parser does (ATT-1)', (url) => {
    page('https://app.example.com/');
    expect(ask({ resourceServers: [API] }).mayCarry(url)).toBe(true);
  });

  it.each(['ws:', 'wss:', 'ftp:', 'http:'])('never sends to the listed host by %s (ATT-4)', (scheme) => {
    expect(ask({ resourceServers: [API] }).mayCarry(`${scheme}//api.example.com/`)).toBe(false);
  });

  it.each(['data:text/plain,x', `blob:${API}/x`, 'javascript:alert(1)', 'file:///etc/passwd', 'about:blank', ''])(
    'never sends to %j (ATT-4)',
    (url) => {
      vi.stubGlobal('document', undefined);
      vi.stubGlobal('location', undefined);
      expect(ask({ resourceServers: [API] }).mayCarry(url)).toBe(false);
    },
  );

  it('sends nothing with a user name or a password in the URL, even of the listed origin (ATT-2)', () => {
    const { mayCarry } = ask({ resourceServers: [API] });
    expect(mayCarry('https://user@api.example.com/')).toBe(false);
    expect(mayCarry('https://:secret@api.example.com/')).toBe(false);
  });

  it('says once for each origin that it is not listed, and nothing of the path or the query (ATT-4, LOG-5)', () => {
    page('https://app.example.com/');
    const { mayCarry, told } = ask({ resourceServers: [API] });
    for (const path of ['a?token=CANARY', 'b', 'c#CANARY']) mayCarry(`http://api.example.com/${path}`);
    expect(told).toEqual(['origin-not-listed: http://api.example.com is not among resourceServers: no token is sent.']);
  });
});

describe('the default server', () => {
  it('is the origin of the base URL, else the page’s own (ATT-1)', () => {
    page('https://app.example.com/dir/');
    expect(ask({}, `${API}/v1`).mayCarry(`${API}/v2`)).toBe(true);
    expect(ask({}, `${API}/v1`).mayCarry('/x')).toBe(false);
    for (const base of [undefined, '', '/', '/api', 'api']) {
      expect(ask({}, base).mayCarry('/x')).toBe(true);
      expect(ask({}, base).mayCarry(`${API}/x`)).toBe(false);
    }
  });

  it('is nowhere when there is neither a base URL nor a page, or none over https (ATT-1, ATT-4)', () => {
    vi.stubGlobal('document', undefined);
    vi.stubGlobal('location', undefined);
    for (const base of [undefined, '', '/api', 'http://api.example.com', 'ftp://api.example.com', 'nonsense:']) {
      expect(ask({}, base).mayCarry('/x')).toBe(false);
      expect(ask({}, base).mayCarry('http://api.example.com/x')).toBe(false);
    }
  });

  it('is asked for anew at each request, because apps set it late (ATT-1)', () => {
    let server = API;
    const engine = { diagnose() {}, endpoints: () => [] } as unknown as Engine;
    const mayCarry = createMayCarry({}, engine, () => server);
    expect(mayCarry(`${API}/x`)).toBe(true);
    server = 'https://other.example.com';
    expect(mayCarry(`${API}/x`)).toBe(false);
    expect(mayCarry('https://other.example.com/x')).toBe(true);
  });

  it('is not where a base element of another origin points, though the page’s requests go there (ATT-1, PPL-5)', () => {
    page('https://app.example.com/', 'https://evil.example/');
    for (const base of [undefined, '/', '/api']) {
      const { mayCarry } = ask({}, base);
      expect(mayCarry('/api/me')).toBe(false);
      expect(mayCarry('me')).toBe(false);
      expect(mayCarry('https://evil.example/me')).toBe(false);
      expect(mayCarry('https://app.example.com/me')).toBe(true);
    }
    expect(ask({ resourceServers: ['/api'] }).mayCarry('/api/me')).toBe(false);
  });

  it('decides on the base element that there is, not on one that there was (ATT-1)', () => {
    page('https://app.example.com/');
    const { mayCarry } = ask({}, 'https://app.example.com/api');
    expect(mayCarry('me')).toBe(true);
    page('https://app.example.com/', 'https://evil.example/');
    expect(mayCarry('me')).toBe(false);
    expect(mayCarry('/me')).toBe(false);
  });
});

describe('endpoints of the backend', () => {
  const endpoint = `${API}/auth/token/refresh/`;

  it.each([
    endpoint,
    `${endpoint}?next=1`,
    `${endpoint}#x`,
    `${API}/auth/./token/refresh/`,
    `${API}/x/../auth/token/refresh/`,
    `${API}/x/%2e%2E/auth/token/refresh/`,
    `${API}/auth\\token/refresh/`,
    `${API}/auth/to\tken/refresh/`,
    `${endpoint} `,
    `HTTPS://API.example.com:443/auth/token/refresh/`,
  ])('never get a token, however they are written: %j (C20, ATT-10)', (url) => {
    expect(ask({ resourceServers: [API] }, undefined, [endpoint]).mayCarry(url)).toBe(false);
  });

  it('are those paths alone, and not what begins like them (C20)', () => {
    const { mayCarry } = ask({ resourceServers: [API] }, undefined, [endpoint]);
    expect(mayCarry(`${endpoint}history`)).toBe(true);
    expect(mayCarry(`${API}/auth/token/refresh`)).toBe(true);
  });
});
