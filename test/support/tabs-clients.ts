import axios, { type AxiosAdapter, AxiosError, type AxiosInstance } from 'axios';
import type { Session } from 'latchkey';
import { attachSession } from 'latchkey/axios';
import { createAuthorizedFetch } from 'latchkey/fetch';
import type { FakeCredentials } from 'latchkey/testing';
import { API } from './world.ts';

/** The HTTP clients of a tab. */
export interface TabClients {
  /** Attached to the session; its adapter is the resource server. */
  readonly api: AxiosInstance;
  /** The authorised fetch over the same. */
  readonly fetch: typeof fetch;
}

/** @param answer The status with which the resource server answers. */
export function createTabClients(
  session: Session<FakeCredentials>,
  answer: (url: string, authorization: string | undefined) => Promise<number>,
): TabClients {
  const adapter: AxiosAdapter = async (config) => {
    const status = await answer(axios.getUri(config), config.headers.get('Authorization')?.toString());
    const response = { status, statusText: '', headers: {}, config, data: '{}' };
    if (status === 200) return response;
    throw new AxiosError(String(status), AxiosError.ERR_BAD_REQUEST, config, {}, response);
  };
  const serve: typeof fetch = async (input, init) => {
    const request = new Request(input, init);
    const status = await answer(request.url, request.headers.get('Authorization') ?? undefined);
    return Response.json({}, { status });
  };
  const api = axios.create({ baseURL: API, adapter });
  attachSession(api, session);
  return { api, fetch: createAuthorizedFetch(session, { resourceServers: [API], fetch: serve }) };
}
