import { AuthUnavailableError, type RefreshRejectedError } from '../errors.ts';
import { own, ownOptions } from '../token/own.ts';
import { stringsIn } from '../token/redact.ts';
import { expiryOf, type SessionRecord } from '../token/session-record.ts';
import type { TokenInput } from '../token/token-set.ts';
import type { Backend, BackendContext, RefreshAttempt } from './backend.ts';
import { type Csrf, isCsrfRefusal as isCsrfText } from './csrf.ts';
import {
  callTokenEndpoint,
  canResolve,
  endpointUrl,
  signInError,
  type TokenEndpointAnswer,
  type TokenEndpointRequest,
  unavailable,
} from './token-endpoint.ts';

/** A request in a server's own terms: a path below its base, and what is sent there. */
export interface Said extends Omit<TokenEndpointRequest, 'url'> {
  readonly to: string;
  /** How it is shown to come from the page; undefined where nothing that a browser adds by itself counts. */
  readonly csrf?: Csrf | undefined;
  /** What is shown is not what is to be revoked: a "no" leaves undone what was asked for. */
  readonly isShownOnly?: boolean;
}

/** Of what an answer gives the next tokens. */
export interface Before {
  readonly record: SessionRecord;
  readonly why: RefreshAttempt | undefined;
  readonly now: number;
}

/** One kind of server in terms of its documentation: what is said to it, and what its answers mean. */
export interface Dialect<SignIn> extends Pick<Backend, 'credential' | 'renewsEarly' | 'present' | 'judge'> {
  readonly baseUrl: string;
  readonly allowInsecure?: boolean | undefined;
  /** Every path that is used; those that the project does not have are false. */
  readonly paths: readonly (string | false | undefined)[];
  /** Those that the app asks as well, with the credential of the session: a view that says who is signed in. */
  readonly sharedPaths?: readonly string[];
  /**
   * Whether an answer says that a request was not shown to come from the page: no word on the session (CSR-4). Default is
   * Django's 403.
   */
  isCsrfRefusal?(answer: TokenEndpointAnswer): boolean;
  /** @param before What was refreshed, why, and when the answer came, in milliseconds since 1970; undefined of a sign-in. */
  tokensFrom(body: unknown, before?: Before): TokenInput;
  /** The end of the session, where an answer says so; undefined where it is no verdict. */
  rejection(answer: TokenEndpointAnswer): RefreshRejectedError | undefined;
  signIn?: ((parameters: SignIn) => Said) | undefined;
  refresh?: ((record: SessionRecord, why: RefreshAttempt | undefined) => Said) | undefined;
  verify?: ((record: SessionRecord) => Said) | undefined;
  /** One after the other; none where there is nothing to revoke. */
  revoke?: ((record: SessionRecord, options: { readonly everywhere: boolean }) => readonly Said[]) | undefined;
}

/** A backend that can also read the server's own answer to a sign-in. */
export type PresetBackend<SignIn, Claims> = Backend<SignIn, Claims> & Required<Pick<Backend, 'tokensFrom'>>;

/**
 * Makes a backend of a server's dialect: what all of them have in common is here.
 *
 * @throws {TypeError} When the base or a path makes no URL to which a credential may travel.
 */
export function createDialectBackend<SignIn, Claims>(dialect: Dialect<SignIn>): PresetBackend<SignIn, Claims> {
  const given = ownOptions(dialect);
  const { baseUrl, allowInsecure = false, paths, sharedPaths = [], credential = 'record', tokensFrom } = given;
  const { rejection, isCsrfRefusal = isDjangos, signIn, refresh, verify, revoke, present, judge } = given;
  const url = (path: string): string => endpointUrl(baseUrl, path, allowInsecure);
  // A relative baseUrl has nothing to be relative to on a server, where nothing is sent either.
  const urls = (of: Dialect<SignIn>['paths']): string[] =>
    canResolve(baseUrl) ? of.flatMap((path) => (path ? url(path) : [])) : [];
  // What is wrong with them is said now.
  urls([...paths, ...sharedPaths]);

  // The cookie goes to these endpoints and nowhere else (ATT-11), and the next one is kept although the page is gone (CKI-9).
  const carried = credential === 'cookie' && ({ credentials: 'include', keepalive: true } as const);

  async function say(request: Said, context: BackendContext): Promise<TokenEndpointAnswer> {
    const { to, csrf, isShownOnly: _, ...said } = ownOptions(request);
    const send = async (isStale: boolean): Promise<TokenEndpointAnswer> => {
      const headers = { ...(own(said, 'headers') as Said['headers']), ...(await csrf?.headers(context, isStale)) };
      return await callTokenEndpoint({ ...said, ...carried, headers, url: url(to) }, context);
    };
    const isRefused = (answer: TokenEndpointAnswer): boolean => !!csrf && isCsrfRefusal(answer);
    const first = await send(false);
    const answer = isRefused(first) ? await send(true) : first;
    if (!isRefused(answer)) return answer;
    throw new AuthUnavailableError(
      `${answer.url} refused the CSRF value: mend csrf, or the server's trusted origins.`,
      { status: answer.status },
    );
  }

  /** With a token that a view behind the API's own check takes: the user may have been away, and other devices are not. */
  async function renewed(record: SessionRecord, context: BackendContext): Promise<SessionRecord> {
    const expiry = expiryOf(record);
    if (!backend.refresh || expiry === undefined || context.now() < expiry) return record;
    try {
      const { accessToken, refreshToken } = await backend.refresh(record, context);
      const { tokens } = record;
      return { ...record, tokens: { ...tokens, accessToken, refreshToken: refreshToken ?? tokens.refreshToken } };
    } catch {
      return record;
    }
  }

  const backend: PresetBackend<SignIn, Claims> = {
    credential,
    get endpoints() {
      return urls(paths);
    },
    tokensFrom: (body) => tokensFrom(body),
    ...(given.renewsEarly !== undefined && { renewsEarly: given.renewsEarly }),
    ...(signIn && {
      async signIn(parameters: SignIn, context: BackendContext) {
        const answer = await say(signIn(parameters), context);
        if (isYes(answer)) return tokensFrom(answer.body);
        throw signInError(answer, stringsIn(parameters));
      },
    }),
    ...(refresh && {
      async refresh(record, context, why) {
        const answer = await say(refresh(record, why), context);
        if (isYes(answer)) return tokensFrom(answer.body, { record, why, now: context.now() });
        throw rejection(answer) ?? unavailable(answer);
      },
    }),
    ...(verify && {
      async verify(record, context) {
        const answer = await say(verify(record), context);
        if (isYes(answer)) return 'accepted';
        if (rejection(answer)) return 'refused';
        throw unavailable(answer);
      },
    }),
    ...(revoke && {
      async revoke(record, context, options) {
        const errors: unknown[] = [];
        for (const said of revoke(options.everywhere ? await renewed(record, context) : record, options)) {
          // What the server does not know, or cannot do now, keeps nothing back of the rest.
          const answer = await say({ keepalive: true, ...said }, context).catch((error) => void errors.push(error));
          // A "no" says that the token was dead already, which is what was asked for.
          if (answer && !answer.isOk && (said.isShownOnly || !rejection(answer))) errors.push(unavailable(answer));
        }
        if (errors.length > 0) throw errors[0];
      },
    }),
    ...(present && { present }),
    ...(judge && { judge }),
  };
  // What is not here must not be found on a polluted `Object.prototype` (PPL-1).
  return Object.setPrototypeOf(backend, null);
}

/** A page that answers in the place of an endpoint, of a network's portal or of the app's own host, says nothing (ROT-9). */
function isYes({ isOk, isPage }: TokenEndpointAnswer): boolean {
  return isOk && !isPage;
}

function isDjangos({ status, body }: TokenEndpointAnswer): boolean {
  return status === 403 && isCsrfText(body);
}
