import { afterEach, describe, expect, it, vi } from 'vitest';
import { configUrl, isLoopback, isSecureTarget, pageUrl, resolveUrl } from '../../src/platform/web-origin.ts';

const HERE = 'https://app.example.com/dir/page';

function page(href: string, base: unknown = href): void {
  vi.stubGlobal('location', new URL(href));
  vi.stubGlobal('document', { baseURI: base });
}

afterEach(() => vi.unstubAllGlobals());

describe('isLoopback', () => {
  it.each(['localhost', 'app.localhost', '127.0.0.1', '127.1', '127.255.0.9', '[::1]', '0x7f.1', 'LOCALHOST'])(
    'knows %s, as the URL parser writes it, for this very machine (ATT-4)',
    (host) => expect(isLoopback(new URL(`http://${host}/`).hostname)).toBe(true),
  );

  it.each([
    'localhost.example.com',
    'localhost.',
    'notlocalhost',
    '127.0.0.1.example.com',
    '128.0.0.1',
    '0.0.0.0',
    '10.0.0.1',
    '192.168.0.1',
    '[::2]',
    '127.0.0.1.nip.io',
    'example.com',
  ])('takes %s for somebody else (ATT-4)', (host) =>
    expect(isLoopback(new URL(`http://${host}/`).hostname)).toBe(false),
  );
});

describe('isSecureTarget', () => {
  it.each([
    ['https://api.example.com/', HERE, true],
    ['http://api.example.com/', HERE, false],
    ['http://api.example.com/', 'http://api.example.com/', false],
    ['http://localhost:8000/', HERE, false],
    ['http://localhost:8000/', 'http://localhost:3000/', true],
    ['http://127.0.0.1:8000/', 'http://localhost:3000/', true],
    ['http://localhost:8000/', 'http://localhost.example.com/', false],
    ['http://localhost:8000/', 'about:blank', true],
    ['ws://api.example.com/', HERE, false],
    ['wss://api.example.com/', HERE, false],
    ['ftp://api.example.com/', HERE, false],
    ['data:text/plain,x', HERE, false],
    ['blob:https://api.example.com/x', HERE, false],
    ['javascript:1', HERE, false],
    ['file:///etc/passwd', HERE, false],
  ])('says of %s on the page %s: %s (ATT-4)', (url, from, isSecure) => {
    expect(isSecureTarget(new URL(url), from)).toBe(isSecure);
  });

  it('lets a server reach its own machine, where there is no page (ATT-4)', () => {
    vi.stubGlobal('document', undefined);
    vi.stubGlobal('location', undefined);
    expect(pageUrl()).toBeUndefined();
    expect(isSecureTarget(new URL('http://localhost:8000/'))).toBe(true);
    expect(isSecureTarget(new URL('http://api.example.com/'))).toBe(false);
  });
});

describe('resolveUrl', () => {
  it('resolves as the page does, its base element included', () => {
    page(HERE, 'https://app.example.com/base/');
    expect(resolveUrl('x')?.href).toBe('https://app.example.com/base/x');
    page(HERE, 'https://cdn.example.net/');
    expect(resolveUrl('/x')?.href).toBe('https://cdn.example.net/x');
  });

  it('gives undefined for what is no URL', () => {
    page(HERE);
    expect(resolveUrl('https://')).toBeUndefined();
    expect(resolveUrl('https://[')).toBeUndefined();
    expect(resolveUrl('x', undefined)?.href).toBe('https://app.example.com/dir/x');
  });

  it('is not misled by an element that is named baseURI, which the document then shows instead (PPL-5)', () => {
    page(HERE, { toString: () => 'https://evil.example/' });
    expect(pageUrl()).toBe(HERE);
  });
});

describe('configUrl', () => {
  it('resolves what the app configured, its base element included where that is of its own origin', () => {
    page(HERE, 'https://app.example.com/base/');
    expect(configUrl('auth/')?.href).toBe('https://app.example.com/base/auth/');
    expect(configUrl('https://auth.example.com/x')?.href).toBe('https://auth.example.com/x');
  });

  it('follows no base element of another origin, which markup alone can plant (ATT-1, ATT-10, PPL-5)', () => {
    page(HERE, 'https://evil.example/');
    expect(configUrl('/auth/')?.href).toBe('https://app.example.com/auth/');
    expect(configUrl('auth/')?.href).toBe('https://app.example.com/dir/auth/');
  });

  it('takes the origin that the platform names where the address tells none, as in a frame of srcdoc', () => {
    page('about:srcdoc', HERE);
    vi.stubGlobal('origin', 'https://app.example.com');
    expect(configUrl('/auth/')?.href).toBe('https://app.example.com/auth/');
  });
});
