// @vitest-environment node
import { type AxiosAdapter, AxiosHeaders, type AxiosResponse, type InternalAxiosRequestConfig } from 'axios';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type AxiosCall, axiosWire, hasAuthorization } from '../../src/transports/axios-wire.ts';

const API = 'https://api.example.com';
const TOKEN = { headers: { Authorization: 'Bearer CANARY' } };

afterEach(() => vi.unstubAllGlobals());

/** A request, and the configs that its adapter was given. */
function callOf(parts: object = {}, name = 'app', reply: Partial<AxiosResponse> = {}) {
  const given: InternalAxiosRequestConfig[] = [];
  const inner: AxiosAdapter = async (config) => {
    given.push(config);
    return { status: 200, statusText: '', headers: {}, config, data: '', ...reply };
  };
  Object.defineProperty(inner, 'name', { value: name });
  const config = { method: 'get', url: `${API}/a`, headers: new AxiosHeaders(), adapter: inner, ...parts };
  const call: AxiosCall = { config: config as InternalAxiosRequestConfig, url: `${API}/a`, inner };
  return { call, given };
}

describe('the caller’s own authorization', () => {
  it.each(['authorization', 'Authorization', 'AUTHORIZATION'])('is the header %s (ATT-6)', (name) => {
    expect(hasAuthorization(callOf({ headers: { [name]: 'Basic x' } }).call.config)).toBe(true);
    expect(hasAuthorization(callOf({ headers: { 'X-Custom-Name': '1', [name]: 'Basic x' } }).call.config)).toBe(true);
    expect(hasAuthorization(callOf({ headers: { [name]: null } }).call.config)).toBe(false);
  });

  it('is no other header, though it be as long: the request gets our token (ATT-6)', () => {
    for (const name of ['X-Custom-Name', 'If-None-Match', 'Last-Event-ID', 'Proxy-Authorization']) {
      expect(hasAuthorization(callOf({ headers: { [name]: '1' } }).call.config)).toBe(false);
    }
  });
});

describe('what an adapter is given', () => {
  it('is the caller’s config itself, when there is nothing to add (C23)', async () => {
    const { call, given } = callOf({ timeout: 1000 });
    await axiosWire.send(call, undefined);
    expect(given[0]).toBe(call.config);
  });

  it('is a copy with the time that is left, also when there is no token to send (C19, C23)', async () => {
    const { call, given } = callOf({ timeout: 1000 });
    await axiosWire.send(call, undefined, 649.5);
    expect([given[0]?.timeout, call.config.timeout]).toEqual([650, 1000]);
    expect(given[0]?.headers.toJSON()).toEqual({});
  });

  it('is the token on a copy, and the caller’s config stays without one (C23)', async () => {
    const { call, given } = callOf();
    const response = await axiosWire.send(call, TOKEN);
    expect(given[0]?.headers.get('authorization')).toBe('Bearer CANARY');
    expect(response.config).toBe(call.config);
    expect(call.config.headers.toJSON()).toEqual({});
  });

  it.each<[string, object, string]>([
    ['an adapter of the app’s own', {}, 'app'],
    ['an adapter of the app’s own with a name of axios', {}, 'fetch'],
    ['axios’ adapter over XMLHttpRequest', { adapter: ['xhr', 'http', 'fetch'] }, 'xhr'],
    ['axios’ adapter of Node.js', { adapter: ['xhr', 'http', 'fetch'] }, 'http'],
    ['axios’ adapter over a fetch of the app’s', { adapter: 'fetch', env: { fetch: () => {} } }, 'fetch'],
  ])('has no fetch of ours in it, for %s (RED-2)', async (_, parts, name) => {
    vi.stubGlobal('fetch', () => Promise.reject(new Error('never asked for')));
    const { call, given } = callOf({ env: { FormData }, ...parts }, name);
    await axiosWire.send(call, TOKEN);
    expect(given).toHaveLength(1);
    expect(given[0]?.env).toBe(call.config.env);
  });
});

describe('axios’ adapter over fetch', () => {
  const elsewhere = `${API}/after/a/redirect`;
  function stubFetch() {
    const inputs: unknown[] = [];
    vi.stubGlobal('fetch', async (input: unknown) => {
      inputs.push(input);
      return Object.defineProperty(Response.json({ a: 1 }), 'url', { value: elsewhere });
    });
    return inputs;
  }

  it.each([undefined, { FormData }])('tells where its answer came from, with an env of %s (RED-2)', async (env) => {
    const inputs = stubFetch();
    const { call, given } = callOf({ adapter: 'fetch', env }, 'fetch');
    const response = await axiosWire.send(call, TOKEN);
    expect(given).toEqual([]);
    expect(inputs).toHaveLength(1);
    expect(axiosWire.answer(call, response)?.url).toBe(elsewhere);
    expect(response.request).toEqual({ responseURL: elsewhere, res: { responseUrl: elsewhere } });
  });

  it('works without a Request of the platform’s, and then cannot tell (RED-2)', async () => {
    const inputs = stubFetch();
    const { call } = callOf({ adapter: 'fetch', env: { Request: null } }, 'fetch');
    const response = await axiosWire.send(call, TOKEN);
    expect(inputs).toEqual([`${API}/a`]);
    expect([response.status, axiosWire.answer(call, response)?.url]).toEqual([200, `${API}/a`]);
  });
});

describe('the request beside an answer', () => {
  it('stays what a browser has, an XMLHttpRequest, which does not tell what was sent (LOG-3)', async () => {
    class FakeXhr {
      responseURL = `${API}/b`;
    }
    vi.stubGlobal('XMLHttpRequest', FakeXhr);
    const request = new FakeXhr();
    const { call } = callOf({}, 'xhr', { request });
    const response = await axiosWire.send(call, TOKEN);
    expect(response.request).toBe(request);
    expect(axiosWire.answer(call, response)?.url).toBe(`${API}/b`);
  });

  it.each([true, false])(
    'shows where the answer is from and nothing else, XMLHttpRequest or none: %s (LOG-3)',
    async (has) => {
      vi.stubGlobal('XMLHttpRequest', has ? class {} : undefined);
      const request = { getHeader: () => 'Bearer CANARY', res: { responseUrl: `${API}/b`, req: {} } };
      const response = await axiosWire.send(callOf({}, 'app', { request }).call, TOKEN);
      expect(response.request).toEqual({ responseURL: `${API}/b`, res: { responseUrl: `${API}/b` } });
    },
  );

  it.each([undefined, null, 'text'])('stays %s, where an adapter gives none (C23)', async (request) => {
    const response = await axiosWire.send(callOf({}, 'app', { request }).call, TOKEN);
    expect(response.request).toBe(request);
  });

  it.each([new URL('https://evil.com/'), ['https://evil.com/'], 5, true, { toString: () => 'https://evil.com/' }])(
    'is not asked where the answer is from, when it says so with %s and no text (ATT-12)',
    (responseURL) => {
      const { call } = callOf();
      expect(axiosWire.answer(call, { status: 401, headers: {}, request: { responseURL } })?.url).toBe(call.url);
    },
  );
});

describe('an answer that nobody will read', () => {
  it('has its web stream cancelled, of a result and of an error (C21)', () => {
    for (const wrap of [
      (response: object) => response,
      (response: object) => Object.assign(new Error('401'), { response }),
    ]) {
      const cancel = vi.fn();
      axiosWire.letGo(wrap({ status: 401, data: new ReadableStream({ cancel }) }));
      expect(cancel).toHaveBeenCalledOnce();
    }
  });

  it('is left to whoever reads its web stream already, without an error that nobody catches (C21)', async () => {
    const data = new ReadableStream();
    data.getReader();
    const unhandled = vi.fn();
    process.on('unhandledRejection', unhandled);
    expect(() => axiosWire.letGo({ status: 401, data })).not.toThrow();
    await new Promise((resolve) => setTimeout(resolve, 5));
    process.off('unhandledRejection', unhandled);
    expect(unhandled).not.toHaveBeenCalled();
  });

  it.each([
    ['no answer', undefined],
    ['an error without one', new Error('broken')],
    ['a text', { status: 401, data: 'x' }],
    ['nothing', { status: 204, data: undefined }],
    ['JSON', { status: 401, data: { cancel: 'x' } }],
  ])('is let go of by doing nothing when there is no stream: %s (C21)', (_, outcome) => {
    expect(() => axiosWire.letGo(outcome)).not.toThrow();
  });
});

describe('a request that waits', () => {
  it('has nothing to take back when its caller cannot abort it (C19)', () => {
    expect(axiosWire.onAbort(callOf().call, {}, vi.fn())).toBeUndefined();
  });

  it.each<[string, object]>([
    ['a signal without listeners', { signal: { aborted: false } }],
    ['a CancelToken of an old axios, a promise alone', { cancelToken: { promise: new Promise(() => {}) } }],
  ])('waits on when it is given %s (C19)', (_, parts) => {
    const leave = vi.fn();
    const stop = axiosWire.onAbort(callOf(parts).call, {}, leave);
    expect(() => stop?.()).not.toThrow();
    expect(stop).toBeInstanceOf(Function);
    expect(leave).not.toHaveBeenCalled();
  });

  it('leaves at once by a signal that has aborted, though it have no listeners (C19)', () => {
    const leave = vi.fn();
    const way = {};
    axiosWire.onAbort(callOf({ signal: { aborted: true } }).call, way, leave);
    expect(leave).toHaveBeenCalledExactlyOnceWith(way, expect.objectContaining({ code: 'ERR_CANCELED' }));
  });

  it('times out as axios does, also when its config has lost what is transitional (C19)', () => {
    const { call } = callOf({ timeout: 900 });
    expect(axiosWire.timeoutError(call)).toMatchObject({ code: 'ECONNABORTED', config: call.config });
  });
});
