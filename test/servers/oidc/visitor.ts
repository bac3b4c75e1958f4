import { createHash, randomBytes } from 'node:crypto';
import type { OidcServer } from './start.mjs';

/** A browser without a page: it keeps the provider's cookies, and fills in the form. */
export interface Visitor {
  /** Follows a URL until it leads to another server, and gives that; undefined when it ends with a page. */
  follow(url: string): Promise<URL | undefined>;
  /** Follows it to the form, and sends that. */
  signIn(url: string, form?: Readonly<Record<string, string>>): Promise<URL | undefined>;
}

const ALICE = { login: 'alice', password: 'alice-pass-1' };

export function createVisitor(server: Pick<OidcServer, 'url'>): Visitor {
  const jar = new Map<string, string>();
  async function send(url: string, form?: Readonly<Record<string, string>>): Promise<Response> {
    const answer = await fetch(url, {
      redirect: 'manual',
      headers: { Cookie: Array.from(jar, (pair) => pair.join('=')).join('; ') },
      ...(form && { method: 'POST', body: new URLSearchParams(form) }),
    });
    for (const cookie of answer.headers.getSetCookie()) {
      const [name = '', value = ''] = (cookie.split(';')[0] ?? '').split(/=(.*)/);
      jar.set(name, value);
    }
    return answer;
  }
  async function walk(
    start: string,
    form?: Readonly<Record<string, string>>,
  ): Promise<{ readonly page: string; readonly away?: URL }> {
    let url = new URL(start);
    let answer = await send(url.href, form);
    for (let next = answer.headers.get('Location'); next !== null; next = answer.headers.get('Location')) {
      url = new URL(next, url);
      if (url.origin !== server.url) return { page: '', away: url };
      answer = await send(url.href);
    }
    await answer.text();
    return { page: url.href };
  }
  return {
    follow: async (url) => (await walk(url)).away,
    async signIn(url, form = ALICE) {
      const { page, away } = await walk(url);
      return away ?? (await walk(page, form)).away;
    },
  };
}

/** Gets the token response of a code flow, as an app does it that has no library. */
export async function tokensOf(
  server: Pick<OidcServer, 'url'>,
  redirectUri: string,
  parameters: Readonly<Record<string, string>> = {},
  visitor: Visitor = createVisitor(server),
): Promise<Record<string, unknown>> {
  const verifier = randomBytes(32).toString('base64url');
  const query = new URLSearchParams({
    client_id: 'spa',
    redirect_uri: redirectUri,
    response_type: 'code',
    scope: 'openid',
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
    ...parameters,
  });
  const back = await visitor.signIn(`${server.url}/auth?${query}`);
  const code = back?.searchParams.get('code');
  if (!code) throw new Error(`The provider gave no code, but ${back?.search}`);
  const answer = await fetch(`${server.url}/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'authorization_code',
      client_id: 'spa',
      redirect_uri: redirectUri,
      code,
      code_verifier: verifier,
      ...(parameters.resource !== undefined && { resource: parameters.resource }),
    }),
  });
  return (await answer.json()) as Record<string, unknown>;
}
