// @vitest-environment node
import { describe, expect, it, vi } from 'vitest';
import type { Judgement } from '../../src/backends/backend.ts';
import type { Engine } from '../../src/session/engine.ts';
import { newEpoch } from '../../src/session/holder.ts';
import { API } from '../support/world.ts';
import { answerOf, createFakeEngine, ELSEWHERE, fetchOver, holding, OVER, serving } from './fake-engine.ts';

const url = `${API}/a`;
const codeOf = (error: { code: string }): string => error.code;

describe('a request with a token that can be sent', () => {
  it('is sent in the same turn, and waits for nothing', () => {
    const engine = createFakeEngine();
    const serve = serving(() => answerOf(200));
    void fetchOver(engine, serve)(url);

    expect(serve).toHaveBeenCalledTimes(1);
    expect(engine.obtain).not.toHaveBeenCalled();
  });

  it.each<[string, Parameters<typeof fetch>, string]>([
    ['a text', [url], 'GET'],
    ['an init in small letters', [url, { method: 'post' }], 'POST'],
    ['a Request', [new Request(url, { method: 'PUT' })], 'PUT'],
    ['an init beside a Request', [new Request(url, { method: 'PUT' }), { method: 'delete' }], 'DELETE'],
  ])('presents what is made for its own URL and method: %s', async (_, given, method) => {
    const present = vi.fn(() => ({ headers: { DPoP: 'proof' } }));
    const serve = serving(() => answerOf(200));
    await fetchOver(createFakeEngine({ present }), serve)(...given);

    expect(present.mock.calls).toEqual([[expect.anything(), { url: new URL(url), method }]]);
    expect(new Headers(serve.mock.calls[0]?.[1]?.headers).get('DPoP')).toBe('proof');
  });
});

describe('newer tokens in an answer', () => {
  const withRenewal = () => vi.fn<NonNullable<Engine['renew']>>();

  it.each<[number, number]>([
    [200, 1],
    [304, 1],
    [399, 1],
    [400, 0],
    [403, 0],
    [500, 0],
  ])('are taken up from a %i: %i times (SES-6)', async (status, times) => {
    const renew = withRenewal();
    // No Response of the platform has some of these.
    const answer = { status, url, headers: new Headers(), clone: () => answer };
    const serve = serving(() => answer as unknown as Response);
    await fetchOver(createFakeEngine({ renew }), serve)(url);

    expect(renew).toHaveBeenCalledTimes(times);
    if (times) expect(renew.mock.calls[0]?.[2]).toMatchObject({ status, url, method: 'GET' });
  });

  it('are not looked for in what another server said, after a redirect (SES-6, RED-2)', async () => {
    const renew = withRenewal();
    const serve = serving(() => answerOf(200, ELSEWHERE));
    expect((await fetchOver(createFakeEngine({ renew }), serve)(url)).status).toBe(200);

    expect(renew).not.toHaveBeenCalled();
  });

  it.each([new TypeError('Failed to fetch'), undefined])(
    'are not looked for where no server answered: %s',
    async (error) => {
      const renew = withRenewal();
      const send = fetchOver(createFakeEngine({ renew }), () => Promise.reject(error));

      await expect(send(url)).rejects.toBe(error);
      expect(renew).not.toHaveBeenCalled();
    },
  );
});

describe('what has no answer to it', () => {
  it.each<[string, unknown]>([
    ['a failure of the network', new TypeError('Failed to fetch')],
    ['nothing', undefined],
    ['a mock without a status', { clone: () => {}, headers: new Headers() }],
    ['a mock that cannot be copied', { status: 401, headers: new Headers() }],
  ])('is handed on, and nobody is asked what it means: %s', async (_, outcome) => {
    const judge = vi.fn(() => 'refused' as const);
    const [failing, giving] = [() => Promise.reject(outcome), async () => outcome as Response];

    await expect(fetchOver(createFakeEngine(), failing, judge)(url)).rejects.toBe(outcome);
    expect(await fetchOver(createFakeEngine(), giving, judge)(url)).toBe(outcome);
    expect(judge).not.toHaveBeenCalled();
  });
});

describe('what the backend is asked about', () => {
  it.each<[number, number]>([
    [204, 0],
    [302, 0],
    [400, 1],
    [404, 1],
    [500, 1],
  ])('is no answer below 400: a %i, %i times', async (status, times) => {
    const judge = vi.fn(() => 'accepted' as const);
    const serve = serving(() => answerOf(status));
    expect((await fetchOver(createFakeEngine({ judge }), serve)(url)).status).toBe(status);

    expect(judge).toHaveBeenCalledTimes(times);
  });

  it('may be a 400 that stands for a refusal, as some servers give it', async () => {
    const next = holding({ headers: { Authorization: 'Bearer 2' } });
    const engine = createFakeEngine({ judge: () => 'refused', replace: async () => next });
    const serve = serving(
      () => answerOf(400),
      () => answerOf(200),
    );

    expect((await fetchOver(engine, serve)(url)).status).toBe(200);
  });

  it.each([404, 400])('is a %i whatever challenge it has: no step-up is heard there (HTTP-2)', async (status) => {
    const stepUp = vi.fn<NonNullable<Engine['stepUp']>>();
    const lackScope = vi.fn();
    const challenge = { 'WWW-Authenticate': 'Bearer error="insufficient_scope"', 'Content-Type': 'application/json' };
    const serve = serving(() => answerOf(status, url, { headers: challenge, body: '{"error":"insufficient_scope"}' }));
    expect((await fetchOver(createFakeEngine({ stepUp, lackScope }), serve)(url)).status).toBe(status);

    expect([stepUp.mock.calls, lackScope.mock.calls]).toEqual([[], []]);
  });

  it('tells the app of no server that a redirect led to, for an answer that means nothing (ATT-2)', async () => {
    const engine = createFakeEngine();
    const send = fetchOver(
      engine,
      serving(() => answerOf(404, ELSEWHERE)),
    );
    expect((await send(url)).status).toBe(404);

    expect(engine.diagnose).not.toHaveBeenCalled();
  });
});

describe('a session that ends while an answer is judged', () => {
  it.each<[string, Judgement]>([
    ['a refusal', 'refused'],
    ['a second look', 'resend'],
    ['another proof of the user', { stepUp: {} }],
  ])('lets nothing of it be sent, or asked of the user, again: %s (I7, C35)', async (_, judgement) => {
    const epoch = newEpoch();
    const stepUp = vi.fn<NonNullable<Engine['stepUp']>>(() => ({ outcome: Promise.resolve(), join: () => () => {} }));
    const engine = createFakeEngine({ epoch: () => epoch, stepUp });
    const serve = serving(() => answerOf(401));
    const send = fetchOver(engine, serve, () => {
      epoch.over = OVER;
      return judgement;
    });

    await expect(send(url)).rejects.toBe(OVER);
    expect(serve).toHaveBeenCalledTimes(1);
    expect(stepUp).not.toHaveBeenCalled();
  });
});

describe('a session that ends as the first of those that waited is sent', () => {
  it.each<[string, ReturnType<typeof holding> | undefined]>([
    ['with the token that came', holding()],
    ['bare', undefined],
  ])('takes the others with it, which would go %s (I7, C35)', async (_, held) => {
    const epoch = newEpoch();
    const engine = createFakeEngine({ epoch: () => epoch, ready: () => undefined, obtain: async () => held });
    const serve = vi.fn<typeof fetch>(async () => {
      epoch.over = OVER;
      return answerOf(200);
    });
    const send = fetchOver(engine, serve);
    const outcomes = [1, 2, 3].map((no) => send(`${API}/${no}`).then(({ status }) => status, codeOf));

    expect(await Promise.all(outcomes)).toEqual([200, 'signed-out', 'signed-out']);
    expect(serve).toHaveBeenCalledTimes(1);
  });
});
