import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { returnPath } from '../../src/oauth2/return-path.ts';

const PAGE = new URL('https://app.example.com/callback?x=1');

describe('returnPath', () => {
  it.each([
    ['/orders', '/orders'],
    ['/orders?page=2#last', '/orders?page=2#last'],
    ['https://app.example.com/orders', '/orders'],
    ['/a/../b', '/b'],
    ['', '/callback?x=1'],
    ['https:evil.example', '/evil.example'],
  ])('takes %j for %j', (given, path) => {
    expect(returnPath(given, PAGE)).toBe(path);
  });

  it.each([
    '//evil.example',
    '/\\evil.example',
    '\\\\evil.example',
    'https://evil.example',
    'javascript:alert(1)',
    'data:text/html,x',
    'https://app.example.com.evil.example/',
    'https://app.example.com@evil.example/',
    'http://app.example.com/',
    'https://app.example.com:444/',
    '/.//evil.example',
    '/..//evil.example',
    '/x/..//evil.example',
    '/\t/evil.example',
    '/\n/evil.example',
    ' //evil.example',
    'https://app.example.com//evil.example',
    'http://[',
    undefined,
    null,
    5,
    { toString: () => '/orders' },
  ])('takes %j for the start page (OAU-2, RFC 9700 section 4.11.1)', (given) => {
    expect(returnPath(given, PAGE)).toBe('/');
  });

  it('never leads to another site, whatever it is given', () => {
    const piece = fc.constantFrom(
      '/',
      '\\',
      '.',
      '..',
      '//',
      'evil.example',
      ':',
      '@',
      '?',
      '#',
      '\t',
      'https:',
      '%2f',
      'a',
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(piece).map((pieces) => pieces.join('')),
        ),
        (given) => {
          const path = returnPath(given, PAGE);
          expect(path.startsWith('/')).toBe(true);
          for (const base of [PAGE.href, 'https://app.example.com/', 'https://app.example.com/deep/page']) {
            expect(new URL(path, base).origin).toBe(PAGE.origin);
          }
        },
      ),
      { numRuns: 1000 },
    );
  });
});
