// @vitest-environment node
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Challenge, parseChallenges } from '../../src/token/challenge.ts';

/** Scheme, parameters, and token68 where there is one: without the null prototype, so that it can be compared. */
function read(header: string): unknown[] {
  return parseChallenges(header).map(({ scheme, parameters, token68 }) =>
    token68 === undefined ? [scheme, { ...parameters }] : [scheme, { ...parameters }, token68],
  );
}

describe('a WWW-Authenticate field', () => {
  it.each<[string, string, unknown[]]>([
    ['one challenge', 'Bearer realm="api"', [['bearer', { realm: 'api' }]]],
    ['a scheme alone', 'Negotiate', [['negotiate', {}]]],
    [
      'two schemes alone',
      'Negotiate, Bearer',
      [
        ['negotiate', {}],
        ['bearer', {}],
      ],
    ],
    ['names in any case, and values as they are', 'BEARER Error="Invalid"', [['bearer', { error: 'Invalid' }]]],
    ['a value without quotes', 'Bearer error=invalid_token', [['bearer', { error: 'invalid_token' }]]],
    ['apostrophes, which are no quotes', "Bearer realm='a'", [['bearer', { realm: "'a'" }]]],
    ['an empty value', 'Bearer realm="", error="x"', [['bearer', { realm: '', error: 'x' }]]],
    ['a comma and a scheme in quotes', 'Bearer a="x, Basic realm=y"', [['bearer', { a: 'x, Basic realm=y' }]]],
    ['escapes in quotes', 'Bearer a="say \\"no\\", \\\\ \\x"', [['bearer', { a: 'say "no", \\ x' }]]],
    ['a per cent sign, which escapes nothing', 'Bearer a="x%20y"', [['bearer', { a: 'x%20y' }]]],
    ['text that is not ASCII', 'Bearer a="\u00fc"', [['bearer', { a: '\u00fc' }]]],
    ['spaces and tabs in bad places', 'Bearer \t a =\t"1" ,b= 2\t', [['bearer', { a: '1', b: '2' }]]],
    [
      'empty elements, which recipients bear',
      ',, Bearer ,a=1,, ,b=2 , ,Basic c=3,',
      [
        ['bearer', { a: '1', b: '2' }],
        ['basic', { c: '3' }],
      ],
    ],
    ['a comma right after the scheme, as some servers write it', 'Bearer, a=1', [['bearer', { a: '1' }]]],
    [
      'several challenges',
      'New realm="apps", type=1, title="Log in to \\"apps\\"", Bearer error="x"',
      [
        ['new', { realm: 'apps', type: '1', title: 'Log in to "apps"' }],
        ['bearer', { error: 'x' }],
      ],
    ],
    ['token68', 'Negotiate YII/a+b-._~==', [['negotiate', {}, 'YII/a+b-._~==']]],
    [
      'token68 between others',
      'Bearer a=1, Negotiate abc== , Basic b=2',
      [
        ['bearer', { a: '1' }],
        ['negotiate', {}, 'abc=='],
        ['basic', { b: '2' }],
      ],
    ],
    ['a name whose value is missing, which is a token68', 'Bearer error=', [['bearer', {}, 'error=']]],
    [
      'names that objects have',
      'Bearer __proto__=a, constructor=b',
      [['bearer', { ['__proto__']: 'a', constructor: 'b' }]],
    ],
  ])('is read with %s (HTTP-3)', (_, header, expected) => {
    expect(read(header)).toEqual(expected);
  });

  it.each<[string, string, unknown[]]>([
    ['nothing', '', []],
    ['commas alone', ' , ,', []],
    ['no scheme', 'error="invalid_token"', []],
    ['no scheme, and spaces', '  error = "x"', []],
    ['a quote that is never closed', 'Basic a=1, Bearer b="x, Basic c=2', [['basic', { a: '1' }]]],
    ['a quote that an escape keeps open', 'Bearer error="bad\\"', []],
    ['no sign between a name and its value', 'Bearer error"invalid_token"', []],
    ['two words without a comma', 'Bearer error=a b=c', []],
    ['two schemes without a comma', 'Bearer Basic a=1', []],
    ['signs that belong to no word', 'Basic a=1, Bearer error="ok", @@@', [['basic', { a: '1' }]]],
    ['a token68 and parameters', 'Negotiate abc==, realm="x"', []],
    ['a token68 and more', 'Negotiate abc== ???', []],
    ['backslashes outside of quotes', 'Bearer realm=\\a', []],
    ['a line end in quotes', 'Bearer a="x\r\ny"', []],
    ['NUL', 'Bearer a="\0"', []],
  ])('is read no further than to the fault of %s (HTTP-3)', (_, header, expected) => {
    expect(read(header)).toEqual(expected);
  });

  it('is without a challenge that names a parameter twice, in whatever case (HTTP-3)', () => {
    expect(read('Bearer error="a", ERROR="b", Basic realm="x"')).toEqual([['basic', { realm: 'x' }]]);
    expect(read('Basic realm="x", Bearer error=a, error=a')).toEqual([['basic', { realm: 'x' }]]);
    expect(read('Bearer a=1, Basic a=1')).toHaveLength(2);
  });

  it('is not read at all beyond 8 KiB (HTTP-3)', () => {
    const header = `Bearer error="x", a="${'y'.repeat(8170)}"`;
    expect(header).toHaveLength(8192);
    expect(read(header)).toHaveLength(1);
    expect(read(`${header} `)).toEqual([]);
  });

  it('cannot be spoofed by what stands in another parameter (HTTP-3)', () => {
    const header = 'Bearer error="invalid_token", error_description="error=insufficient_user_authentication, Bearer"';
    expect(parseChallenges(header).map(({ parameters }) => parameters.error)).toEqual(['invalid_token']);
  });

  it('inherits nothing, whatever every object has (HTTP-3, PPL-1)', () => {
    Object.assign(Object.prototype, { error: 'evil', token68: 'evil' });
    try {
      expect(parseChallenges('Bearer realm="x"')[0]?.parameters.error).toBeUndefined();
      expect(read('Bearer error="good", a=b')).toEqual([['bearer', { error: 'good', a: 'b' }]]);
    } finally {
      Reflect.deleteProperty(Object.prototype, 'error');
      Reflect.deleteProperty(Object.prototype, 'token68');
    }
  });
});

const TOKEN = "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
const token = fc.string({ unit: fc.constantFrom(...TOKEN), minLength: 1, maxLength: 12 });
const text = fc.string({ unit: fc.constantFrom(...' \t!"\\,=;aZ9\u00e9', '\u2028'), maxLength: 20 });
const space = fc.constantFrom('', ' ', '\t', '  ');
const noise = fc.string({ unit: fc.constantFrom(...'Bearer a="\\,= \t\n\0'), maxLength: 400 });

/** A challenge, and one of the ways to write it. */
const challenge = fc
  .record({
    scheme: token,
    parameters: fc.uniqueArray(fc.tuple(token, text, space, space), {
      selector: ([name]) => name.toLowerCase(),
      maxLength: 5,
    }),
    gap: fc.constantFrom(' ', '  '),
  })
  .map(({ scheme, parameters, gap }) => ({
    expected: [
      scheme.toLowerCase(),
      Object.fromEntries(parameters.map(([name, value]) => [name.toLowerCase(), value])),
    ],
    written: scheme + (parameters.length ? gap : '') + parameters.map(written).join(', '),
  }));

function written([name, value, before, after]: readonly [string, string, string, string]): string {
  return `${name}${before}=${after}"${value.replace(/["\\]/g, '\\$&')}"`;
}

describe('any text', () => {
  it('is read without a throw, and twice the same (HTTP-3)', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), noise), (header) => {
        const challenges: readonly Challenge[] = parseChallenges(header);
        for (const { scheme, parameters } of challenges) {
          expect(scheme).toBe(scheme.toLowerCase());
          expect(Object.getPrototypeOf(parameters)).toBeNull();
        }
        expect(parseChallenges(header)).toEqual(challenges);
      }),
      { numRuns: 2000 },
    );
  });

  it('that is made of challenges gives them back (HTTP-3)', () => {
    fc.assert(
      fc.property(fc.array(challenge, { maxLength: 4 }), fc.constantFrom(', ', ',', ' ,, '), (challenges, comma) => {
        expect(read(challenges.map((each) => each.written).join(comma))).toEqual(
          challenges.map((each) => each.expected),
        );
      }),
      { numRuns: 1000 },
    );
  });

  it.each([
    ['spaces', `Bearer ${' '.repeat(8000)}x y`],
    ['an open quote', `Bearer a="${'x'.repeat(8000)}`],
    ['escapes', `Bearer a="${'\\"'.repeat(4000)}`],
    ['equal signs', `Bearer a${'='.repeat(8000)}b`],
    ['commas', `Bearer${','.repeat(8000)}`],
    ['many schemes', 'a b=c,'.repeat(1300)],
    ['a long word', `Bearer ${'x'.repeat(8000)} y`],
  ])('of %s takes no more steps than it is long (HTTP-3)', (_, header) => {
    // A thousand times at once: what took quadratic time would not come to its end.
    for (let round = 0; round < 1000; round += 1) parseChallenges(header);
    expect(parseChallenges(header).length).toBeLessThan(1301);
  });
});
