// @vitest-environment node
import axios, { AxiosHeaders, type AxiosResponse, getAdapter, type InternalAxiosRequestConfig } from 'axios';
import axios17 from 'axios-1.7';
import { describe, expect, it } from 'vitest';
import { axiosWire, urlOf } from '../../src/transports/axios-wire.ts';

const API = 'https://api.example.com';
const TOKEN = { headers: { Authorization: 'Bearer CANARY' } };

type Parts = Pick<InternalAxiosRequestConfig, 'allowAbsoluteUrls'> & {
  readonly url?: unknown;
  readonly baseURL?: string;
};

function configOf(parts: Parts): InternalAxiosRequestConfig {
  return { headers: new AxiosHeaders(), ...parts } as InternalAxiosRequestConfig;
}

/** What the adapter of the app is given when a request is sent with a token. */
async function sent(parts: Parts): Promise<InternalAxiosRequestConfig> {
  const given: InternalAxiosRequestConfig[] = [];
  const adapter = async (config: InternalAxiosRequestConfig) => {
    given.push(config);
    return { status: 200, statusText: '', headers: {}, config, data: '' } as AxiosResponse;
  };
  const config = { ...configOf(parts), adapter };
  await axiosWire.send({ config, url: urlOf(config), inner: getAdapter(adapter) }, TOKEN);
  return given[0] as InternalAxiosRequestConfig;
}

describe('the URL of a config of axios', () => {
  it.each<[string, Parts, string]>([
    ['a path from the root', { baseURL: API, url: '/a/b' }, `${API}/a/b`],
    ['a path without a slash', { baseURL: API, url: 'a/b//c' }, `${API}/a/b//c`],
    ['the root', { baseURL: API, url: '/' }, `${API}/`],
    ['a query', { baseURL: API, url: '?x=//' }, `${API}/?x=//`],
    ['a path below a base with a slash', { baseURL: `${API}/v1/`, url: '/a/b' }, `${API}/v1/a/b`],
    ['a path below a base with many', { baseURL: `${API}//v1///`, url: 'a' }, `${API}//v1/a`],
    ['a path below a base that is the root', { baseURL: '/', url: 'a' }, '/a'],
    ['no path', { baseURL: `${API}/v1/` }, `${API}/v1/`],
    ['no base', { url: '//a' }, '//a'],
    ['an empty base', { baseURL: '', url: 'a' }, 'a'],
    ['another server', { baseURL: API, url: 'https://b.example/x' }, 'https://b.example/x'],
    ['another server of the same scheme', { baseURL: API, url: '//b.example/x' }, '//b.example/x'],
    ['another server after many slashes', { baseURL: API, url: '///b.example/x' }, '///b.example/x'],
    ['another scheme', { baseURL: API, url: 'app+x.1-y://b' }, 'app+x.1-y://b'],
    ['a host that allowAbsoluteUrls forbids', { baseURL: API, url: '//b/x', allowAbsoluteUrls: false }, `${API}/b/x`],
    [
      'a server that allowAbsoluteUrls forbids',
      { baseURL: `${API}/`, url: 'https://b.example/x', allowAbsoluteUrls: false },
      `${API}/https://b.example/x`,
    ],
    ['many slashes that it forbids', { baseURL: API, url: '///b', allowAbsoluteUrls: false }, `${API}/b`],
  ])('is what axios itself would ask for: %s (C17, ATT-5)', (_, parts, expected) => {
    expect(urlOf(configOf(parts))).toBe(expected);
    expect(axios.create().getUri(parts as never)).toBe(expected);
  });

  it('is empty when it has neither a URL nor a base (C17)', () => {
    expect(urlOf(configOf({}))).toBe('');
  });

  it('is of a text that was read once, whatever it would say the next time (ATT-12)', () => {
    let reads = 0;
    const url = { toString: () => (reads++ ? 'https://evil.com/' : '/me') };
    expect(urlOf(configOf({ baseURL: API, url }))).toBe(`${API}/me`);
    expect(reads).toBe(1);
  });
});

describe('what is sent with a token', () => {
  it.each<[string, Parts, string]>([
    ['a URL that is no text', { baseURL: API, url: new URL('https://b.example/x') }, 'https://b.example/x'],
    ['a URL that is an object of the app’s', { baseURL: `${API}/`, url: { toString: () => 'me' } }, `${API}/me`],
    ['no URL', { baseURL: `${API}/v1` }, `${API}/v1`],
    [
      'absolute URLs that are not allowed',
      { baseURL: API, url: 'https://b.example/x', allowAbsoluteUrls: false },
      `${API}/https://b.example/x`,
    ],
    ['three slashes after the base', { baseURL: `${API}///`, url: '/a' }, `${API}/a`],
    ['five slashes after the base', { baseURL: `${API}/////`, url: 'a' }, `${API}/a`],
  ])('has the checked URL as it is, where releases of axios differ: %s (ATT-12)', async (_, parts, expected) => {
    const config = await sent(parts);
    expect(config.url).toBe(expected);
    expect('baseURL' in config).toBe(false);
    expect(axios17.getUri(config as never)).toBe(expected);
  });

  it.each<[string, Parts]>([
    ['a path and a base', { baseURL: `${API}/v1`, url: '/a' }],
    ['a base with a slash', { baseURL: `${API}/v1/`, url: 'a' }],
    ['a base with two', { baseURL: `${API}//`, url: '/a' }],
    ['many slashes in the middle of a base', { baseURL: `${API}///v1`, url: '/a' }],
    ['a whole URL', { baseURL: API, url: 'https://b.example/x', allowAbsoluteUrls: true }],
    ['a path alone', { url: '/a' }],
  ])('keeps the parts of the caller’s where all releases join them alike: %s (C17)', async (_, parts) => {
    const { url, baseURL } = await sent(parts);
    expect({ url, baseURL }).toEqual({ url: parts.url, baseURL: parts.baseURL });
    for (const { getUri } of [axios, axios17]) expect(getUri(parts as never)).toBe(urlOf(configOf(parts)));
  });
});
