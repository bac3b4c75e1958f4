// @vitest-environment node
import { describe, expect, it } from 'vitest';
import { createCsrf } from '../../src/backends/csrf.ts';
import { createDialectBackend, type Dialect } from '../../src/backends/dialect.ts';
import { RefreshRejectedError } from '../../src/errors.ts';
import { outcomeOf, recordOf, showCookies, talk } from './saying.ts';

const BASE = 'https://api.example.com/auth/';
const RECORD = recordOf({ accessToken: 'a.1', refreshToken: 'r.1' });
const csrf = createCsrf({ cookie: 'token', header: 'X-Token' }, { baseUrl: BASE });

/** A server that says "no" with 401, and refuses a CSRF value with 403. */
function dialect(change: Partial<Dialect<{ name: string }>> = {}) {
  return createDialectBackend<{ name: string }, unknown>({
    baseUrl: BASE,
    allowInsecure: undefined,
    paths: ['in', 'again', false, undefined, 'out'],
    isCsrfRefusal: ({ status }) => status === 403,
    tokensFrom: () => ({ accessToken: 'a.2' }),
    rejection: ({ status }) => (status === 401 ? new RefreshRejectedError() : undefined),
    signIn: (json) => ({ to: 'in', json, csrf }),
    refresh: () => ({ to: 'again', csrf }),
    verify: () => ({ to: 'is', csrf }),
    revoke: () => [
      { to: 'all', csrf },
      { to: 'out', csrf },
    ],
    ...change,
  });
}
const everything = async (backend: ReturnType<typeof dialect>, { context }: ReturnType<typeof talk>): Promise<void> => {
  await backend.signIn?.({ name: 'x' }, context);
  await backend.refresh?.(RECORD, context);
  await backend.verify?.(RECORD, context);
  await backend.revoke?.(RECORD, context, { everywhere: true });
};

describe('whatever is said to a server that keeps the credential in a cookie', () => {
  it('carries the cookie, and outlives the page (ATT-11, CKI-9)', async () => {
    const spoken = talk();
    await everything(dialect({ credential: 'cookie' }), spoken);
    expect(spoken.sent.map(({ credentials, keepalive }) => [credentials, keepalive])).toEqual(
      Array(5).fill(['include', true]),
    );
  });

  it('is a POST of JSON, which no form of another site can send, with the value of the cookie (CSR-1, CSR-5)', async () => {
    showCookies('token=value');
    const spoken = talk();
    await everything(dialect({ credential: 'cookie' }), spoken);
    for (const { method, headers, body } of spoken.sent) {
      expect([method, headers.get('Content-Type'), headers.get('X-Token')]).toEqual([
        'POST',
        'application/json',
        'value',
      ]);
      expect(JSON.parse(body ?? '')).toBeTypeOf('object');
    }
  });

  it('carries no cookie where the record holds the token, and outlives the page only to revoke it (ATT-11)', async () => {
    const spoken = talk();
    await everything(dialect(), spoken);
    expect(spoken.sent.map(({ credentials, keepalive }) => `${credentials} ${keepalive}`)).toEqual([
      'omit false',
      'omit false',
      'omit false',
      'omit true',
      'omit true',
    ]);
  });
});

describe('a request that was not shown to come from the page', () => {
  it('is said once more, with the value as it is by then (CSR-4)', async () => {
    showCookies('token=old');
    const { sent, context } = talk([403, '<h1>Forbidden</h1>'], [200, {}]);
    const seen: unknown[] = [];
    const send: typeof fetch = (input, init) => {
      const reply = context.fetch(input, init);
      seen.push(sent.at(-1)?.headers.get('X-Token'));
      showCookies('token=new');
      return reply;
    };
    await dialect().refresh?.(RECORD, { ...context, fetch: send });
    expect(seen).toEqual(['old', 'new']);
  });

  it.each(['signIn', 'refresh', 'verify', 'revoke'] as const)(
    'by %s is no verdict when it is refused again, and is not said a third time (CSR-4)',
    async (name) => {
      const { sent, context } = talk([403, '<h1>Forbidden</h1>']);
      const work: Record<string, () => Promise<unknown> | undefined> = {
        signIn: () => dialect().signIn?.({ name: 'x' }, context),
        refresh: () => dialect().refresh?.(RECORD, context),
        verify: () => dialect().verify?.(RECORD, context),
        revoke: () => dialect({ revoke: () => [{ to: 'out', csrf }] }).revoke?.(RECORD, context, { everywhere: false }),
      };
      const error = await outcomeOf(work[name]?.());
      expect(error).toMatchObject({ code: 'auth-unavailable', status: 403, message: expect.stringContaining('CSRF') });
      expect(sent).toHaveLength(2);
    },
  );

  it('is what its answer says where the server asks for no such value', async () => {
    const { sent, context } = talk([403, { detail: 'no' }]);
    const backend = dialect({ signIn: (json) => ({ to: 'in', json }) });
    expect(await outcomeOf(backend.signIn?.({ name: 'x' }, context))).toMatchObject({ code: 'sign-in-rejected' });
    expect(sent).toHaveLength(1);
  });
});

describe('a sign-out', () => {
  it('says everything there is to say although the first of it fails, and then says that it did (B5)', async () => {
    const { sent, context } = talk([404, 'not found'], [200, {}]);
    const error = await outcomeOf(dialect().revoke?.(RECORD, context, { everywhere: true }));
    expect(sent.map(({ url }) => url)).toEqual([`${BASE}all`, `${BASE}out`]);
    expect(error).toMatchObject({ code: 'auth-unavailable', status: 404 });
  });

  it('on all devices shows a token that is good, for which it refreshes where the last one has expired', async () => {
    const spoken = talk();
    const tokens: string[] = [];
    const backend = dialect({
      tokensFrom: () => ({ accessToken: 'a.2', refreshToken: 'r.2' }),
      revoke: (record) => {
        tokens.push(`${record.tokens.accessToken} ${record.tokens.refreshToken}`);
        return [{ to: 'all' }];
      },
    });
    const old = recordOf({ accessToken: 'a.1', refreshToken: 'r.1', lifetime: 1000 });
    await backend.revoke?.(old, spoken.context, { everywhere: true });
    await backend.revoke?.(old, spoken.context, { everywhere: false });
    await backend.revoke?.({ ...old, receivedAt: spoken.context.now() }, spoken.context, { everywhere: true });
    expect(tokens).toEqual(['a.2 r.2', 'a.1 r.1', 'a.1 r.1']);
    expect(spoken.sent.map(({ url }) => url.slice(BASE.length))).toEqual(['again', 'all', 'all', 'all']);
    const refused = talk([401, {}], [200, {}]);
    await backend.revoke?.(old, refused.context, { everywhere: true });
    expect(tokens.at(-1)).toBe('a.1 r.1');
  });

  it('says that it was not done where the "no" is about what was shown, and not about what was to end', async () => {
    const shown = dialect({ revoke: () => [{ to: 'all', isShownOnly: true }] });
    expect(await outcomeOf(shown.revoke?.(RECORD, talk([401, {}]).context, { everywhere: true }))).toMatchObject({
      code: 'auth-unavailable',
      status: 401,
    });
  });

  it('takes a "no" for a token that is dead already, which is what was asked for', async () => {
    expect(await outcomeOf(dialect().revoke?.(RECORD, talk([401, {}]).context, { everywhere: false }))).toBeUndefined();
  });
});

it('asks whether a token is good: yes, no, or no verdict', async () => {
  const verify = (...reply: [number]): Promise<unknown> => outcomeOf(dialect().verify?.(RECORD, talk(reply).context));
  expect(await verify(200)).toBe('accepted');
  expect(await verify(401)).toBe('refused');
  expect(await verify(500)).toMatchObject({ code: 'auth-unavailable', status: 500 });
});

it('names the endpoints that the project has, and none where a path has nothing to be relative to', () => {
  expect(dialect().endpoints).toEqual([`${BASE}in`, `${BASE}again`, `${BASE}out`]);
  expect(dialect({ baseUrl: '/auth' }).endpoints).toEqual([]);
});

it('refuses a path that makes no URL to which a credential may travel', () => {
  expect(() => dialect({ baseUrl: 'http://api.example.com/' })).toThrow(TypeError);
  expect(() => dialect({ paths: ['http://api.example.com/in'] })).toThrow(TypeError);
});

it('has nothing that it does not say, whatever somebody put on every object (PPL-1)', () => {
  const polluted = Object.prototype as Record<string, unknown>;
  polluted.renewed = () => ({ accessToken: 'evil' });
  try {
    const backend = dialect({ verify: undefined, revoke: undefined });
    expect([backend.renewed, backend.verify, backend.revoke]).toEqual([undefined, undefined, undefined]);
  } finally {
    delete polluted.renewed;
  }
});

it.each(['signIn', 'refresh', 'verify'] as const)(
  'takes a page in the place of an endpoint for no answer to %s (ROT-9)',
  async (name) => {
    const send: typeof fetch = async () =>
      new Response('<h1>Portal</h1>', { headers: { 'Content-Type': 'text/html; charset=utf-8' } });
    const context = { ...talk().context, fetch: send };
    const work = name === 'signIn' ? dialect().signIn?.({ name: 'x' }, context) : dialect()[name]?.(RECORD, context);
    expect(await outcomeOf(work)).toMatchObject({ code: 'auth-unavailable', status: 200 });
  },
);

it.each(['credential', 'present', 'judge', 'sharedPaths', 'verify', 'isCsrfRefusal', 'headers', 'csrf', 'method'])(
  'has nothing of what every object is made to have as %s (PPL-1)',
  async (name) => {
    Object.assign(Object.prototype, { [name]: name === 'credential' ? 'cookie' : () => 'evil' });
    try {
      const backend = createDialectBackend({
        baseUrl: BASE,
        paths: ['again'],
        tokensFrom: () => ({ accessToken: 'a.2' }),
        rejection: () => undefined,
        refresh: () => ({ to: 'again' }),
      });
      const { sent, context } = talk([200, {}]);
      await backend.refresh?.(RECORD, context);
      expect(sent).toMatchObject([{ method: 'POST', credentials: 'omit' }]);
      expect([backend.credential, Object.hasOwn(backend, 'present'), Object.hasOwn(backend, 'judge')]).toEqual([
        'record',
        false,
        false,
      ]);
    } finally {
      Reflect.deleteProperty(Object.prototype, name);
    }
  },
);
