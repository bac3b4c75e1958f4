// @vitest-environment node
import { authServerHandlers } from 'latchkey/testing/msw';
import { getResponse } from 'msw';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type OidcServer, startOidc } from '../../servers/oidc/start.mjs';
import { tokensOf } from '../../servers/oidc/visitor.ts';

const CALLBACK = 'http://localhost:1/callback';
const BASE = 'http://localhost:1';

let oidc: OidcServer;
beforeAll(async () => {
  oidc = await startOidc({ redirectUris: [CALLBACK] });
});
afterAll(() => oidc.stop());

/** A token response, and how the server is asked. */
interface Server {
  tokens(): Promise<Record<string, unknown>>;
  send(path: string, init: RequestInit): Promise<Response>;
}
function real(): Server {
  return {
    tokens: () => tokensOf(oidc, CALLBACK, { scope: 'openid offline_access', prompt: 'consent' }),
    send: (path, init) => fetch(oidc.url + path, init),
  };
}
function inMemory(): Server {
  const auth = authServerHandlers({ baseUrl: BASE, kind: 'oauth2', clientId: 'spa' });
  return {
    tokens: async () => auth.tokensFor('alice'),
    async send(path, init) {
      return (await getResponse([...auth.handlers], new Request(BASE + path, init))) ?? Response.error();
    },
  };
}

const form = (fields: Record<string, unknown>): RequestInit => ({
  method: 'POST',
  body: new URLSearchParams(fields as Record<string, string>),
});
const ME = { client_id: 'spa' };
const renew = (refresh_token: unknown) => form({ ...ME, grant_type: 'refresh_token', refresh_token });

/** What a server says in one go: status, what may be kept of it, and its words; tokens by name only. */
async function hear(answer: Response): Promise<unknown> {
  const text = await answer.text();
  const body = text.startsWith('{') ? JSON.parse(text) : text;
  return {
    status: answer.status,
    cache: answer.headers.get('Cache-Control'),
    type: answer.headers.get('Content-Type')?.split(';')[0],
    body: body.access_token === undefined ? body : Object.keys(body).sort(),
  };
}

async function play({ tokens, send }: Server): Promise<readonly unknown[]> {
  const first = await tokens();
  const heard: unknown[] = [Object.keys(first).sort(), first.token_type, first.scope];
  const say = async (path: string, init: RequestInit): Promise<Record<string, unknown>> => {
    const answer = await send(path, init);
    const copy = answer.clone();
    heard.push([path, await hear(answer)]);
    return await copy.json().catch(() => ({}));
  };
  await say('/token', form({ ...ME, grant_type: 'refresh_token' }));
  await say('/token', renew('abc'));
  await say('/token', form({ client_id: 'nope', grant_type: 'refresh_token', refresh_token: 'x' }));
  await say('/token', form({ grant_type: 'refresh_token', refresh_token: 'x' }));
  await say('/token', form({ ...ME, grant_type: 'password' }));
  await say('/token', form(ME));
  await say(
    '/token',
    form({ ...ME, grant_type: 'authorization_code', code: 'x', redirect_uri: CALLBACK, code_verifier: 'x'.repeat(43) }),
  );
  await say('/token', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: '{"client_id":"spa"}' });
  await say('/token', { method: 'GET' });
  await say(
    '/token',
    form({ ...ME, grant_type: 'refresh_token', refresh_token: first.refresh_token, scope: 'openid email' }),
  );
  const second = await say('/token', renew(first.refresh_token));
  await say('/token', renew(first.refresh_token));
  await say('/token', renew(second.refresh_token));
  const other = await tokens();
  await say('/token/revocation', form({ ...ME, token: other.refresh_token }));
  await say('/token/revocation', form({ ...ME, token: other.refresh_token }));
  await say('/token/revocation', form({ ...ME, token: 'nope' }));
  await say('/token/revocation', form({ token: 'nope' }));
  await say('/token/revocation', form(ME));
  await say('/token', renew(other.refresh_token));
  return heard;
}

it('answers as a real provider does, with rotation and reuse detection', async () => {
  expect(await play(inMemory())).toEqual(await play(real()));
});
