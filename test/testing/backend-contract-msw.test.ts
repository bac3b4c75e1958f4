import { type Backend, RefreshRejectedError } from 'latchkey';
import { backendContract, createFakeBackend, type FakeCredentials } from 'latchkey/testing';
import { HttpResponse, http } from 'msw';
import { setupServer } from 'msw/node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const options = { right: { username: 'alice', password: 'right' }, wrong: { username: 'alice', password: 'wrong' } };
const VERDICT = 'ends no session because of a network that fails, or a page that is not of the server';
const RENEW = 'https://api.example.com/renew';

const server = setupServer(http.post(RENEW, () => HttpResponse.json({})));
beforeAll(() => server.listen({ onUnhandledRequest: 'error' }));
afterAll(() => server.close());

/** A backend that takes any 401 for the end of the session, whoever sent it. */
function hasty(): Backend<FakeCredentials> {
  const fake = createFakeBackend();
  return {
    ...fake,
    endpoints: [RENEW],
    async refresh(record, context) {
      const { status } = await fetch(RENEW, { method: 'POST', signal: context.signal });
      if (status === 401) throw new RefreshRejectedError();
      return (await fake.refresh?.(record, context)) ?? {};
    },
  };
}

const check = (): Promise<void> | undefined =>
  backendContract(hasty(), options)
    .find(({ title }) => title === VERDICT)
    ?.check();

describe('backendContract, where msw has made fetch read-only', () => {
  it('catches a backend that takes the 401 of a proxy for a verdict all the same', async () => {
    // What msw does in happy-dom.
    expect(Object.getOwnPropertyDescriptor(globalThis, 'fetch')).toMatchObject({ writable: false, configurable: true });
    await expect(check()).rejects.toThrow('the page of a proxy (401) is no verdict');
  });

  it('leaves the fetch of msw where it was, as it was', async () => {
    const before = Object.getOwnPropertyDescriptor(globalThis, 'fetch');
    await check()?.catch(() => {});
    expect(Object.getOwnPropertyDescriptor(globalThis, 'fetch')).toEqual(before);
    expect((await fetch(RENEW, { method: 'POST' })).status).toBe(200);
  });

  it('fails the case when nobody may replace fetch at all', async () => {
    const before = Object.getOwnPropertyDescriptor(globalThis, 'fetch');
    const { defineProperty } = Object;
    Object.defineProperty = ((target: object, name: PropertyKey, descriptor: PropertyDescriptor) => {
      if (target === globalThis && name === 'fetch') throw new TypeError('Cannot redefine property: fetch');
      return defineProperty(target, name, descriptor);
    }) as typeof Object.defineProperty;
    try {
      await expect(check()).rejects.toThrow('Cannot redefine property: fetch');
    } finally {
      Object.defineProperty = defineProperty;
    }
    expect(Object.getOwnPropertyDescriptor(globalThis, 'fetch')).toEqual(before);
  });
});
