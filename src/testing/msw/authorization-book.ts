import { own } from '../../token/own.ts';
import type { TestUser } from '../test-user.ts';

/** Somebody who has signed in at the authorization endpoint, and what the page had asked for. */
export interface Authorization {
  readonly user: TestUser;
  /** What the token request has to repeat; each undefined where no page has asked. */
  readonly clientId: string | undefined;
  readonly redirectUri: string | undefined;
  readonly challenge: string | undefined;
  readonly nonce: string | undefined;
  /** Whether the ID token has to say when the user signed in. */
  readonly isAgeAsked: boolean;
  /** The access token that came of it, once it was used. */
  access?: string;
}

/** The pages of a server to which the user is sent. */
export interface UserPages {
  readonly authorization: string;
  readonly endSession: string;
  readonly issuer: string;
  readonly clientId: string | undefined;
}

/** Who has which code. */
export interface AuthorizationBook {
  /** A code that was asked for by nobody: any verifier is right. */
  codeFor(user: TestUser): string;
  /** The URL to which the server sends the user back; without a user, they have said no. */
  answerFor(url: string, user: TestUser | undefined): string;
  /** What a token request hands in, if all of it fits. */
  find(body: unknown): Promise<Authorization | undefined>;
  forget(): void;
}

/** Keeps the codes of a server, and what each has to be presented with (RFC 6749 section 4.1.3, RFC 7636 section 4.6). */
export function createAuthorizationBook({ authorization, endSession, issuer, clientId }: UserPages): AuthorizationBook {
  const codes = new Map<string, Authorization>();
  let given = 0;

  function keep(found: Authorization): string {
    given += 1;
    const code = `code-${given}`;
    codes.set(code, found);
    return code;
  }

  function back(name: string, asked: URLSearchParams, answer: Readonly<Record<string, string>>): string {
    const page = asked.get(name);
    if (!page || !URL.canParse(page)) throw new TypeError(`answerFor: the URL has no ${name}, so nobody comes back.`);
    const url = new URL(page);
    const state = asked.get('state');
    for (const [key, value] of Object.entries({ ...answer, ...(state && { state }) })) url.searchParams.set(key, value);
    return url.href;
  }

  return {
    codeFor: (user) =>
      keep({
        user,
        clientId: undefined,
        redirectUri: undefined,
        challenge: undefined,
        nonce: undefined,
        isAgeAsked: false,
      }),
    answerFor(url, user) {
      const { origin, pathname, searchParams: asked } = new URL(url);
      const page = origin + pathname;
      if (page === endSession) return back('post_logout_redirect_uri', asked, {});
      if (page !== authorization) throw new TypeError(`answerFor: ${page} is not ${authorization}, nor ${endSession}.`);
      const client = asked.get('client_id');
      // Whom the server does not know it sends nowhere (RFC 6749 section 4.1.2.1).
      if (!client || (clientId !== undefined && client !== clientId)) {
        throw new TypeError(`answerFor: the client ${client} is not known here; clientId is ${clientId}.`);
      }
      const challenge = asked.get('code_challenge') ?? undefined;
      if (asked.get('response_type') !== 'code' || !challenge || asked.get('code_challenge_method') !== 'S256') {
        return back('redirect_uri', asked, { iss: issuer, error: 'invalid_request' });
      }
      if (!user) {
        const error = asked.get('prompt') === 'none' ? 'login_required' : 'access_denied';
        return back('redirect_uri', asked, { iss: issuer, error });
      }
      const code = keep({
        user,
        clientId: client,
        redirectUri: asked.get('redirect_uri') ?? undefined,
        challenge,
        nonce: asked.get('nonce') ?? undefined,
        isAgeAsked: asked.has('max_age'),
      });
      return back('redirect_uri', asked, { iss: issuer, code });
    },
    async find(body) {
      const found = codes.get(String(own(body, 'code')));
      if (!found) return undefined;
      const verifier = own(body, 'code_verifier');
      const isRight =
        [undefined, own(body, 'client_id')].includes(found.clientId) &&
        [undefined, own(body, 'redirect_uri')].includes(found.redirectUri) &&
        (found.challenge === undefined || found.challenge === (await challengeOf(String(verifier))));
      return isRight ? found : undefined;
    },
    forget: () => codes.clear(),
  };
}

/** RFC 7636 section 4.2. */
async function challengeOf(verifier: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(verifier));
  const binary = String.fromCharCode(...new Uint8Array(digest));
  return btoa(binary).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '');
}
