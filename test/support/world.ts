import axios, { type AxiosAdapter, AxiosError, type AxiosInstance, type InternalAxiosRequestConfig } from 'axios';
import { createSession, memoryStore, type Session, type SessionOptions } from 'latchkey';
import { attachSession } from 'latchkey/axios';
import { createAuthorizedFetch } from 'latchkey/fetch';
import {
  createFakeBackend,
  createFakeClock,
  type FakeBackend,
  type FakeBackendOptions,
  type FakeClock,
  type FakeCredentials,
} from 'latchkey/testing';
import { setHidden } from './page-visibility.ts';

export const API = 'https://api.example.com';
export const ALICE: FakeCredentials = { username: 'alice', password: 'right' };
export const BOB: FakeCredentials = { username: 'bob', password: 'right' };

/** One request as the fake resource server saw it. */
export interface Seen {
  readonly url: string;
  readonly method: string;
  readonly authorization: string | undefined;
  readonly body: unknown;
}

export interface World {
  readonly clock: FakeClock;
  readonly backend: FakeBackend;
  readonly session: Session<FakeCredentials>;
  /** Attached to the session; its adapter is the fake resource server. */
  readonly api: AxiosInstance;
  /** The authorised fetch over the same fake resource server. */
  readonly fetch: typeof fetch;
  /** What the resource server saw, in order. */
  readonly seen: Seen[];
  /** Every event so far, as `type` or `signed-out:reason` / `diagnostic:code`. */
  readonly events: string[];
  /** The resource server as an axios adapter and as a fetch, to put elsewhere. */
  readonly adapter: AxiosAdapter;
  readonly serve: typeof fetch;
  /** Holds every answer of the resource server until it is called. */
  hold(): () => void;
}

/** What a world is made of; whatever is an option of `createSession` goes there. */
export interface WorldOptions extends Partial<SessionOptions<FakeCredentials>> {
  readonly backendOptions?: FakeBackendOptions;
  /** Whether somebody looks at the page. Default is false: then no token is renewed but for those who ask for it. */
  readonly isVisible?: boolean;
}

/** A session over the fake backend, the fake clock, and a resource server that answers 200 or 401 by the token. */
export function createWorld(options: WorldOptions = {}): World {
  const { backendOptions, isVisible = false, ...sessionOptions } = options;
  setHidden(!isVisible);
  const clock = createFakeClock();
  const backend = createFakeBackend({ now: () => clock.now(), ...backendOptions });
  const session = createSession<FakeCredentials>({ backend, store: memoryStore(), clock, ...sessionOptions });
  const seen: Seen[] = [];
  const events: string[] = [];
  let gate: Promise<void> = Promise.resolve();

  session.on('signed-in', () => events.push('signed-in'));
  session.on('refreshed', () => events.push('refreshed'));
  session.on('refresh-failed', () => events.push('refresh-failed'));
  session.on('expiring', ({ cause }) => events.push(`expiring:${cause}`));
  session.on('signed-out', ({ reason }) => events.push(`signed-out:${reason}`));
  session.on('diagnostic', ({ code }) => events.push(`diagnostic:${code}`));

  async function answer(
    url: string,
    method: string,
    authorization: string | undefined,
    body: unknown,
  ): Promise<Response> {
    seen.push({ url, method, authorization, body });
    const status = backend.accepts(authorization) ? 200 : 401;
    await gate;
    return Response.json({ status, url }, { status });
  }
  const adapter: AxiosAdapter = async (config: InternalAxiosRequestConfig) => {
    const header = config.headers.get('Authorization');
    const url = axios.getUri(config);
    const reply = await answer(
      url,
      (config.method ?? 'get').toUpperCase(),
      header ? String(header) : undefined,
      config.data,
    );
    const response = {
      status: reply.status,
      statusText: '',
      headers: {},
      config,
      request: {},
      data: await reply.text(),
    };
    if (config.validateStatus?.(reply.status) ?? true) return response;
    throw new AxiosError(
      `Request failed with status code ${reply.status}`,
      AxiosError.ERR_BAD_REQUEST,
      config,
      {},
      response,
    );
  };
  const serve: typeof fetch = async (input, init) => {
    const request = new Request(input, init);
    const body = request.method === 'GET' ? undefined : await request.text();
    return answer(request.url, request.method, request.headers.get('Authorization') ?? undefined, body);
  };
  const api = axios.create({ baseURL: API, adapter });
  attachSession(api, session);
  return {
    clock,
    backend,
    session,
    api,
    fetch: createAuthorizedFetch(session, { resourceServers: [API], fetch: serve }),
    seen,
    events,
    adapter,
    serve,
    hold() {
      let release = (): void => {};
      gate = new Promise((resolve) => {
        release = resolve;
      });
      return release;
    },
  };
}

/** Holds the answers of a backend's refreshes. Calling what it gives lets the one under way go on. */
export function holdRefresh(backend: FakeBackend): () => void {
  let answer = (): void => {};
  backend.onRefresh(
    () =>
      new Promise((resolve) => {
        answer = resolve;
      }),
  );
  return () => answer();
}
