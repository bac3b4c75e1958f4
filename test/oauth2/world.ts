import { createSession, memoryStore, type Session, type SessionRecord } from 'latchkey';
import {
  type RedirectSignIn,
  type RedirectSignInOptions,
  type RedirectSignInRequest,
  redirectSignIn,
} from 'latchkey/oauth2';
import { vi } from 'vitest';

export const ISSUER = 'https://id.example.com';
export const CALLBACK = 'https://app.example.com/callback';
export const METADATA = {
  issuer: ISSUER,
  authorization_endpoint: `${ISSUER}/authorize?tenant=a`,
  token_endpoint: `${ISSUER}/token`,
  revocation_endpoint: `${ISSUER}/revoke`,
  end_session_endpoint: `${ISSUER}/logout`,
  authorization_response_iss_parameter_supported: true,
  code_challenge_methods_supported: ['S256'],
};

/** One request to the provider. */
export interface Sent {
  readonly url: string;
  readonly form: Record<string, string>;
  readonly init: RequestInit;
}

/** A page of `app.example.com`, and a provider that is only answers. */
export interface World {
  readonly sso: RedirectSignIn;
  readonly session: Session;
  readonly sent: Sent[];
  readonly events: string[];
  /** Where the page was sent to. */
  readonly left: URL[];
  /** The provider's next answers by URL; a function gives one, or throws as a network does. */
  readonly answers: Record<string, () => Response>;
  /** Claims of the next ID token that are not as they should be; `undefined` leaves one out. */
  claims: Record<string, unknown>;
  record(): SessionRecord;
  /** Starts a sign-in, and gives what the provider is asked. */
  begin(request?: RedirectSignInRequest): Promise<URLSearchParams>;
  /** Opens the page to which the provider leads back. */
  arrive(parameters: Readonly<Record<string, string>>, path?: string): void;
  /** The answer that fits to what the provider was asked last. */
  answer(): Record<string, string>;
  posts(path: string): readonly Sent[];
  dispose(): void;
}

export function createWorld(options: Partial<RedirectSignInOptions> = {}): World {
  sessionStorage.clear();
  history.replaceState(null, '', '/orders?page=2');
  const left: URL[] = [];
  vi.spyOn(location, 'assign').mockImplementation((url) => void left.push(new URL(url)));
  const sent: Sent[] = [];
  const sso = redirectSignIn({ issuer: ISSUER, clientId: 'spa', redirectUri: CALLBACK, ...options });
  const session = createSession({ backend: sso.backend, store: memoryStore() });
  const events: string[] = [];
  session.on('signed-in', () => events.push('signed-in'));
  session.on('signed-out', ({ reason }) => events.push(`signed-out:${reason}`));
  session.on('diagnostic', ({ message }) => events.push(message));
  let tokens = 0;
  const world: World = {
    sso,
    session,
    sent,
    events,
    left,
    claims: {},
    answers: {
      [`${ISSUER}/.well-known/openid-configuration`]: () => json(METADATA),
      [METADATA.token_endpoint]: () => {
        tokens += 1;
        const id_token = jwt({
          iss: ISSUER,
          aud: 'spa',
          sub: 'alice',
          iat: seconds(),
          exp: seconds() + 60,
          nonce: left.at(-1)?.searchParams.get('nonce'),
          ...world.claims,
        });
        return json({
          access_token: `CANARY_access_${tokens}`,
          refresh_token: `CANARY_refresh_${tokens}`,
          token_type: 'Bearer',
          expires_in: 300,
          id_token,
        });
      },
      [METADATA.revocation_endpoint]: () => new Response('', { status: 200 }),
    },
    record: () => JSON.parse(JSON.stringify(storeOf(session))) as SessionRecord,
    async begin(request) {
      const before = left.length;
      const failed = sso.signIn(request);
      await Promise.race([failed, vi.waitFor(() => left[before] ?? Promise.reject(new Error('Still here.')))]);
      return left[before]?.searchParams ?? new URLSearchParams();
    },
    arrive: (parameters, path = CALLBACK) =>
      history.replaceState(null, '', `${path}?${new URLSearchParams(parameters)}`),
    answer: () => ({ code: 'CANARY_code', state: left.at(-1)?.searchParams.get('state') ?? '', iss: ISSUER }),
    posts: (path) => sent.filter(({ url }) => url === ISSUER + path),
    dispose: () => session.dispose(),
  };
  vi.stubGlobal('fetch', async (input: string, init: RequestInit = {}) => {
    const url = String(input);
    const form = Object.fromEntries(new URLSearchParams(init.body === undefined ? '' : String(init.body)));
    sent.push({ url, form, init });
    const answer = world.answers[url];
    if (!answer) throw new TypeError('Failed to fetch');
    return answer();
  });
  return world;
}

/** What the engine holds, by the door that `diagnose` uses. */
function storeOf(session: Session): unknown {
  const core = (session as unknown as Record<symbol, () => { held?: { record: SessionRecord } }>)[
    Symbol.for('latchkey.core')
  ];
  return core?.().held?.record ?? {};
}

export function seconds(): number {
  return Math.floor(Date.now() / 1000);
}

export function json(body: unknown, status = 200): Response {
  return new Response(JSON.stringify(body), { status, headers: { 'Content-Type': 'application/json' } });
}

export function jwt(claims: object): string {
  const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${encode({ alg: 'RS256' })}.${encode(claims)}.eA`;
}

/** What a promise rejects with. */
export async function errorOf(work: Promise<unknown>): Promise<Error & Record<string, unknown>> {
  try {
    await work;
  } catch (error) {
    return error as Error & Record<string, unknown>;
  }
  throw new Error('Nothing was thrown.');
}
