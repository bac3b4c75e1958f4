import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Engine } from '../../src/session/engine.ts';
import { createMayCarry, type MayCarry, type TransportOptions } from '../../src/transports/resource-server.ts';

const told: string[] = [];
const engine = { diagnose: (code: string) => void told.push(code), endpoints: () => [] } as unknown as Engine;

function ask(options: unknown): MayCarry {
  told.length = 0;
  return createMayCarry(options as TransportOptions, engine, () => undefined);
}

afterEach(() => vi.unstubAllGlobals());

describe('a wildcard', () => {
  const mayCarry = ask({ resourceServers: [{ host: '*.Example.com' }] });

  it.each(['https://api.example.com/', 'https://a.b.example.com/x', 'https://API.EXAMPLE.COM/'])(
    'holds for %s (ATT-2)',
    (url) => expect(mayCarry(url)).toBe(true),
  );

  it.each([
    'https://example.com/',
    'https://.example.com/',
    'https://evilexample.com/',
    'https://api.example.com.evil.com/',
    'https://evil.com/.example.com',
    'https://evil.com?.example.com',
    'https://x@evil.com#.example.com',
    'https://a.example.com@evil.com/',
    'http://api.example.com/',
    'ws://api.example.com/',
    'https://api.example.com:8443/',
    'https://api.example.com./',
  ])('does not hold for %s (ATT-2, ATT-4)', (url) => expect(mayCarry(url)).toBe(false));

  it.each(['*', '*.com', '*.*.com', 'example.com', '*example.com', '*.example.*', '*.exam ple.com', '*.0.1', '', 5])(
    'cannot be %j (ATT-2)',
    (host) => expect(() => ask({ resourceServers: [{ host }] })).toThrow(TypeError),
  );
});

describe('a path', () => {
  const mayCarry = ask({ resourceServers: ['https://example.com/api'] });

  it.each([
    'https://example.com/api',
    'https://example.com/api?x',
    'https://example.com/api/',
    'https://example.com/api/users',
    'https://example.com/x/../api/users',
    'https://example.com//../api/users',
    'https://example.com/api/./x',
    'https://example.com\\api\\users',
  ])('has %s below it (ATT-3)', (url) => expect(mayCarry(url)).toBe(true));

  it.each([
    'https://example.com/',
    'https://example.com/apix',
    'https://example.com/ap',
    'https://example.com/API/users',
    'https://example.com//api/users',
    'https://example.com/api/../admin',
    'https://example.com/api/%2e%2e/admin',
    'https://example.com/api/.%2E/admin',
    'https://example.com/api/..\\admin',
    'https://example.com/api%2f..%2fadmin',
    'https://example.com/api/..%2fadmin',
    'https://example.com/api/..%5Cadmin',
    'https://example.com/admin?/api/',
    'https://example.com/admin#/api/',
  ])('has not %s below it (ATT-3)', (url) => expect(mayCarry(url)).toBe(false));
});

describe('plain http', () => {
  it('is for this machine alone, and only while the page is of it as well (ATT-4)', () => {
    vi.stubGlobal('location', new URL('http://localhost:3000/'));
    const local = ask({ resourceServers: ['http://localhost:8000'] });
    expect(local('http://localhost:8000/x')).toBe(true);
    expect(local('http://localhost:8001/x')).toBe(false);
    vi.stubGlobal('location', new URL('https://app.example.com/'));
    expect(() => ask({ resourceServers: ['http://localhost:8000'] })).toThrow('plain http');
  });

  it('beyond this machine takes allowInsecure, and a diagnostic says so (ATT-4)', () => {
    expect(() => ask({ resourceServers: ['http://api.intranet'] })).toThrow('allowInsecure');
    const mayCarry = ask({ resourceServers: ['http://api.intranet'], allowInsecure: true });
    expect(told).toEqual(['origin-insecure']);
    expect(mayCarry('http://api.intranet/x')).toBe(true);
    expect(mayCarry('https://api.intranet/x')).toBe(false);
  });

  it.each(['yes', 1, null])('is not allowed by allowInsecure: %j (ATT-4)', (allowInsecure) => {
    expect(() => ask({ resourceServers: ['https://api.example.com'], allowInsecure })).toThrow('allowInsecure');
  });
});

describe('options', () => {
  it.each([
    ['a regular expression', /^https:\/\/api/],
    ['a regular expression as text', '^https://api.example.com'],
    ['a pattern', 'https://*.example.com'],
    ['a host without a scheme', 'api.example.com'],
    ['a suffix', '.example.com'],
    ['a scheme alone', 'https:'],
    ['another scheme', 'ftp://api.example.com'],
    ['a web socket', 'wss://api.example.com'],
    ['a name in it', 'https://api.example.com@evil.com'],
    ['a password in it', 'https://:pw@api.example.com'],
    ['a query', 'https://api.example.com?x'],
    ['a fragment', 'https://api.example.com#x'],
    ['a host that is none', 'https://['],
    ['empty', ''],
    ['null', null],
    ['a number', 5],
    ['a function', () => true],
  ])('take no resource server that is %s (ATT-2)', (_, server) => {
    expect(() => ask({ resourceServers: [server] })).toThrow(/^resourceServers/);
  });

  it('name what is wrong', () => {
    expect(() => ask({ resourceServers: 'https://api.example.com' })).toThrow('must be a list');
    expect(() => ask({ allowedOrigins: [] })).toThrow('no option "allowedOrigins"');
    expect(() => ask({ judge: true })).toThrow('judge must be a function');
    expect(() => ask(null)).toThrow(TypeError);
  });

  it('with an empty list send no token anywhere (ATT-1)', () => {
    vi.stubGlobal('location', new URL('https://app.example.com/'));
    expect(ask({ resourceServers: [] })('https://app.example.com/x')).toBe(false);
    expect(ask({ resourceServers: [] })('/x')).toBe(false);
  });
});
