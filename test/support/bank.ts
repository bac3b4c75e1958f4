import axios, { type AxiosAdapter, AxiosError, type AxiosRequestConfig } from 'axios';
import type { SessionOptions, StepUp } from 'latchkey';
import { attachSession } from 'latchkey/axios';
import { createAuthorizedFetch } from 'latchkey/fetch';
import type { FakeCredentials } from 'latchkey/testing';
import { ALICE, API, createWorld } from './world.ts';

export const DEMAND =
  'Basic realm="a, b", Bearer realm="bank", error="insufficient_user_authentication", ' +
  'error_description="Please, \\"prove\\" it", acr_values="urn:mfa  urn:key", max_age="300", scope="transfer read"';
export const DEMANDED: StepUp = { acrValues: ['urn:mfa', 'urn:key'], maxAge: 300_000, scope: 'transfer read' };

export type OnStepUp = NonNullable<SessionOptions['onStepUp']>;
type Answered = { readonly status: number; readonly body: unknown };
interface Wish {
  readonly method?: string;
  readonly body?: unknown;
  readonly signal?: AbortSignal;
  readonly timeout?: number;
}

/** A bank: `/balance` wants a good token, `/transfer` one that was proved as well. */
export async function bank(onStepUp?: OnStepUp, options: Partial<SessionOptions<FakeCredentials>> = {}) {
  const world = createWorld({ ...options, ...(onStepUp && { onStepUp }) });
  const { session, backend } = world;
  /** The `Authorization` headers whose user has proved who they are. */
  const proved = new Set<string | undefined>();
  const seen: { readonly path: string; readonly authorization: string | undefined; readonly body: string }[] = [];
  const scopes: unknown[] = [];
  const messages: string[] = [];
  session.on('insufficient-scope', (event) => scopes.push(event));
  session.on('diagnostic', ({ code, message }) => messages.push(`${code}: ${message}`));
  const bankOf = {
    /** What is answered to a good token that was not proved. */
    refusal: () => Response.json({ detail: 'no' }, { status: 401, headers: { 'WWW-Authenticate': DEMAND } }),
    isDown: false,
    /** What the answers wait for. */
    gate: Promise.resolve(),
  };
  const serve: typeof fetch = async (input, init) => {
    const request = new Request(input, init);
    const authorization = request.headers.get('Authorization') ?? undefined;
    const path = new URL(request.url).pathname;
    const body = request.method === 'GET' ? '' : await request.text();
    seen.push({ path, authorization, body });
    if (bankOf.isDown) throw new TypeError('Failed to fetch');
    const isGood = path === '/balance' || proved.has(authorization);
    const isAccepted = backend.accepts(authorization);
    if (isAccepted && isGood) return Response.json({ ok: path, body });
    const refusal = isAccepted ? bankOf.refusal() : Response.json({ detail: 'expired' }, { status: 401 });
    await bankOf.gate;
    return refusal;
  };
  const adapter: AxiosAdapter = async (config) => {
    const { method = 'get', data } = config;
    const response = await serve(axios.getUri(config), {
      method: method.toUpperCase(),
      body: data,
      headers: config.headers.toJSON() as Record<string, string>,
      ...(data?.getReader && { duplex: 'half' }),
    });
    const { status } = response;
    const headers = Object.fromEntries(response.headers);
    const answer = { status, statusText: '', headers, config, request: {}, data: await response.text() };
    if (status < 400) return answer;
    throw new AxiosError(`status ${status}`, AxiosError.ERR_BAD_REQUEST, config, {}, answer);
  };
  const api = axios.create({ baseURL: API, adapter });
  attachSession(api, session);
  const authorized = createAuthorizedFetch(session, { resourceServers: [API], fetch: serve });
  await session.signIn(ALICE);

  const clients = {
    async axios(path: string, { body, ...wish }: Wish = {}): Promise<Answered> {
      const config: AxiosRequestConfig = { url: path, ...(body !== undefined && { data: body }), ...wish };
      const { status, data } = await api.request(config).catch((error) => {
        if (error.response) return error.response;
        throw error;
      });
      return { status, body: data };
    },
    async fetch(path: string, { timeout, ...wish }: Wish = {}): Promise<Answered> {
      const response = await authorized(`${API}${path}`, { duplex: 'half', ...wish } as RequestInit);
      return { status: response.status, body: await response.json() };
    },
  };
  /** The user signs in once more, and more strongly. */
  async function prove(who = ALICE): Promise<void> {
    const tokens = await backend.signIn?.(who, {} as never);
    proved.add(`Bearer ${tokens?.accessToken}`);
    await session.signInWithTokens(tokens ?? {});
  }
  const paths = (): string[] => seen.map(({ path }) => path);
  return { ...world, api, authorized, serve, bankOf, clients, prove, proved, seen, paths, scopes, messages };
}

/** A handler that waits to be told what the user did. */
export function asking() {
  const calls: { readonly stepUp: StepUp; readonly url: string; readonly signal: AbortSignal }[] = [];
  const settles: { resolve(): void; reject(error?: unknown): void }[] = [];
  const onStepUp: OnStepUp = (stepUp, { signal, url }) => {
    calls.push({ stepUp, url, signal });
    return new Promise((resolve, reject) => settles.push({ resolve, reject }));
  };
  return { onStepUp, calls, settles };
}

/** Holds the refusals of a bank until it is called. */
export function hold(bankOf: { gate: Promise<void> }): () => void {
  let release = (): void => {};
  bankOf.gate = new Promise((resolve) => {
    release = resolve;
  });
  return () => release();
}

/** Lets everything happen that needs no clock of ours: bodies are read, databases answer. */
export async function turns(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setTimeout(resolve));
}
export const codeOf = ({ code, name }: { code?: string; name: string }): string => code ?? name;
