// @vitest-environment node
import axios from 'axios';
import {
  AuthUnavailableError,
  type Backend,
  type BackendContext,
  createSession,
  memoryStore,
  RefreshRejectedError,
  SignInRejectedError,
  type TokenInput,
} from 'latchkey';
import { attachSession } from 'latchkey/axios';
import { backendContract } from 'latchkey/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type LocalServer, startServer } from './local-server.ts';

interface Visitor {
  readonly mail: string;
  readonly secret: string;
}
const ALICE: Visitor = { mail: 'alice@example.com', secret: 'right' };

/** What this server says, whatever it means: a status of 200, tokens two levels down, under names with a space. */
interface Said {
  readonly message?: string;
  readonly data?: { readonly 'access token': string; readonly 'refresh token': string; readonly seconds: number };
}

/** How somebody would write it who has never seen another backend. */
function oddBackend(base: string): Backend<Visitor> {
  async function say(path: string, body: object, { fetch, signal }: BackendContext): Promise<Said> {
    const reply = await fetch(`${base}${path}`, { method: 'POST', body: JSON.stringify(body), signal });
    if (!reply.ok) throw new AuthUnavailableError('Busy.', { status: reply.status });
    return (await reply.json()) as Said;
  }
  const tokensOf = ({ data }: Said): TokenInput | undefined =>
    data && {
      accessToken: data['access token'],
      refreshToken: data['refresh token'],
      lifetime: data.seconds * 1000,
      subject: 'alice',
    };
  return {
    endpoints: [`${base}/enter`, `${base}/again`, `${base}/leave`],
    async signIn(visitor, context) {
      const said = await say('/enter', visitor, context);
      const tokens = tokensOf(said);
      if (!tokens) throw new SignInRejectedError(200, { serverMessage: said.message });
      return tokens;
    },
    async refresh({ tokens }, context) {
      const next = tokensOf(await say('/again', { 'refresh token': tokens.refreshToken }, context));
      if (!next) throw new RefreshRejectedError();
      return next;
    },
    async revoke({ tokens }, context) {
      await say('/leave', { 'refresh token': tokens.refreshToken }, context);
    },
  };
}

let server: LocalServer;
/** The tokens that are good now. */
let good: Set<string>;
beforeEach(async () => {
  good = new Set();
  let issued = 0;
  const issue = (): Said => {
    issued += 1;
    const data = { 'access token': `access-${issued}`, 'refresh token': `refresh-${issued}`, seconds: 300 };
    good = new Set([data['access token'], data['refresh token']]);
    return { data };
  };
  server = await startServer((response, { path, body, headers }) => {
    const reply = (said: object, status = 200): void => {
      response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(said));
    };
    const said = body ? JSON.parse(body) : {};
    const isGood = good.has(said['refresh token']);
    if (path === '/enter') reply(said.secret === 'right' ? issue() : { message: 'Wrong secret.' });
    else if (path === '/again') reply(isGood ? issue() : { message: 'Enter again.' });
    else if (path === '/leave') {
      if (isGood) good.clear();
      reply({ message: 'Bye.' });
    } else reply({}, good.has(headers.authorization?.replace('Bearer ', '') ?? '') ? 200 : 401);
  });
});
afterEach(() => server.close());

function app() {
  const session = createSession<Visitor>({ backend: oddBackend(server.url), store: memoryStore() });
  const api = axios.create({ baseURL: server.url });
  attachSession(api, session);
  return { session, api };
}

describe('a server that answers like no other', () => {
  it('is signed in to: the tokens are nested, under names with a space (C49)', async () => {
    const { session, api } = app();
    await session.signIn(ALICE);
    expect(await session.getAccessToken()).toBe('access-1');
    expect((await api.get('/things')).status).toBe(200);
    expect(server.got.at(-1)?.headers.authorization).toBe('Bearer access-1');
  });

  it('says no to a wrong password with 200, and its words are shown', async () => {
    const { session } = app();
    const error = await session.signIn({ ...ALICE, secret: 'wrong' }).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(SignInRejectedError);
    expect(error).toMatchObject({ status: 200, serverMessage: 'Wrong secret.' });
    expect(session.getState().status).toBe('signed-out');
  });

  it('is asked for new tokens once by 20 requests, and ends the session when it says no with 200', async () => {
    const { session, api } = app();
    await session.signIn(ALICE);
    good.delete('access-1');
    const answers = await Promise.all(Array.from({ length: 20 }, () => api.get('/things')));
    expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(200));
    expect(server.got.filter(({ path }) => path === '/again')).toHaveLength(1);
    good.clear();
    await expect(api.get('/things')).rejects.toMatchObject({ response: { status: 401 } });
    expect(session.getState()).toEqual({ status: 'signed-out', reason: 'refresh-rejected' });
  });

  it('is told of a sign-out, and no request of the app carries a token to its endpoints', async () => {
    const { session, api } = app();
    await session.signIn(ALICE);
    await api.post('/again', {});
    expect(server.got.at(-1)?.headers.authorization).toBeUndefined();
    await session.signOut();
    expect(server.got.at(-1)).toMatchObject({ path: '/leave', body: '{"refresh token":"refresh-1"}' });
    expect(good.size).toBe(0);
  });
});

describe('the contract, asked of such a backend', () => {
  const wrong = { ...ALICE, secret: 'wrong' };
  const titles = backendContract(oddBackend('http://127.0.0.1'), { right: ALICE, wrong }).map(({ title }) => title);
  it.each(titles)('is kept: %s', async (title) => {
    const cases = backendContract(oddBackend(server.url), { right: ALICE, wrong });
    await cases.find((one) => one.title === title)?.check();
  });
});
