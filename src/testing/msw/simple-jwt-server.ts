import type { JwtClaims } from '../../token/claims.ts';
import { isJsonObject, own } from '../../token/own.ts';
import { fieldsOf, findUser, nameOf, type TestUser } from '../test-user.ts';
import type { Protocol, ProtocolOptions, Route } from './protocol.ts';
import type { Body } from './read-body.ts';
import { type BookOptions, createTokenBook, type Fault, type Pair } from './token-book.ts';

/** Below `baseUrl`. */
export const SIMPLE_JWT_PATHS = {
  obtain: 'token/',
  refresh: 'token/refresh/',
  verify: 'token/verify/',
  blacklist: 'token/blacklist/',
} as const;
const FORMS: readonly string[] = ['application/x-www-form-urlencoded', 'multipart/form-data'];
const INVALID = 'Token is invalid or expired';
/** What `djangorestframework-simplejwt` says of a token, at its own endpoints. */
const DETAILS: Record<Fault, string> = {
  invalid: INVALID,
  revoked: 'Token is blacklisted',
  'wrong-type': 'Token has wrong type',
};

/** A Django with `djangorestframework-simplejwt` and its blacklist, answer by answer. */
export function createSimpleJwtServer(options: ProtocolOptions, bookOptions: BookOptions): Protocol {
  const { users, headerType, isClosed } = options;
  const paths = { ...SIMPLE_JWT_PATHS, ...options.paths };
  const ids = new Map<string, string>();
  for (const user of users ?? []) idOf(user);
  const book = createTokenBook(bookOptions, (token_type, user, { exp, iat, jti }) => ({
    token_type,
    exp,
    iat,
    jti,
    user_id: idOf(user),
    ...(own(user, 'claims') as JwtClaims | undefined),
  }));

  function idOf(user: TestUser): string {
    const name = nameOf(user);
    if (!ids.has(name)) ids.set(name, String(ids.size + 1));
    return String(ids.get(name));
  }
  const unauthorized = (body: object): Response => {
    const headers = { 'WWW-Authenticate': `${headerType} realm="api"` };
    return json(body, 401, headers);
  };
  const notValid = (fault: Fault): Response => unauthorized({ detail: DETAILS[fault], code: 'token_not_valid' });
  const shape = ({ access, refresh }: Pair): Record<string, unknown> => (refresh ? { refresh, access } : { access });

  /** Reads the fields that an endpoint wants, and answers by itself where one is missing. */
  function route(
    path: string,
    endpoint: ReturnType<Route['endpointOf']>,
    fields: readonly string[],
    answer: (fields: Readonly<Record<string, string>>) => Response,
  ): Route {
    return {
      path,
      endpointOf: () => endpoint,
      answer: (body) => refuseBody(body) ?? refuseFields(body.value, fields) ?? answer(textsOf(body.value)),
    };
  }

  return {
    book,
    reset: () => book.forget(),
    tokensFor: (user) => shape(book.signIn(user)),
    refuseMethod: (method) => json({ detail: `Method "${method}" not allowed.` }, 405, { Allow: 'POST, OPTIONS' }),
    routes: [
      route(paths.obtain, 'signIn', formOf(users), (typed) => {
        const user = findUser(users, typed);
        if (user && !isClosed(user)) return json(shape(book.signIn(user)));
        return unauthorized({ detail: 'No active account found with the given credentials' });
      }),
      route(paths.refresh, 'refresh', ['refresh'], ({ refresh }) => {
        const known = book.read(refresh, 'refresh');
        if (typeof known === 'object' && isClosed(known.grant.user)) {
          return unauthorized({ detail: 'No active account found for the given token.' });
        }
        const pair = book.refresh(refresh);
        return typeof pair === 'string' ? notValid(pair) : json(shape(pair));
      }),
      route(paths.verify, 'verify', ['token'], ({ token }) => {
        const known = book.read(token);
        if (known === 'revoked') return json({ non_field_errors: [DETAILS.revoked] }, 400);
        return typeof known === 'string' ? notValid(known) : json({});
      }),
      route(paths.blacklist, 'revoke', ['refresh'], ({ refresh }) => {
        const known = book.read(refresh, 'refresh');
        if (typeof known === 'string') return notValid(known);
        known.isRevoked = true;
        return json({});
      }),
    ],
    authorize(authorization) {
      const [scheme = '', token, ...more] = (authorization ?? '').split(/\s+/).filter(Boolean);
      if (scheme !== headerType) return unauthorized({ detail: 'Authentication credentials were not provided.' });
      if (token === undefined || more.length > 0) {
        const detail = 'Authorization header must contain two space-delimited values';
        return unauthorized({ detail, code: 'bad_authorization_header' });
      }
      const known = book.read(token, 'access');
      if (typeof known === 'string') {
        // A blacklist is of refresh tokens: an API looks at the type alone.
        const message = book.find(token)?.type === 'refresh' ? DETAILS['wrong-type'] : INVALID;
        return unauthorized({
          detail: 'Given token not valid for any token type',
          code: 'token_not_valid',
          messages: [{ token_class: 'AccessToken', token_type: 'access', message }],
        });
      }
      const { user } = known.grant;
      return isClosed(user) ? unauthorized({ detail: 'User is inactive', code: 'user_inactive' }) : user;
    },
  };
}

/** What the sign-in wants: the fields of the users, whatever they are called. */
function formOf(users: readonly TestUser[] | undefined): readonly string[] {
  const [first] = users ?? [];
  return first ? fieldsOf(first) : ['username', 'password'];
}

/** What Django REST framework says of a body that it does not understand. */
function refuseBody({ contentType, value }: Body): Response | undefined {
  const isUnderstood = contentType === 'application/json' || FORMS.includes(contentType);
  const isEmpty = contentType === '' && isJsonObject(value) && Object.keys(value).length === 0;
  if (!isUnderstood && !isEmpty) {
    return json({ detail: `Unsupported media type "${contentType}" in request.` }, 415);
  }
  if (value === undefined) return json({ detail: 'JSON parse error' }, 400);
  if (value === null) return json({ non_field_errors: ['No data provided'] }, 400);
  if (isJsonObject(value)) return undefined;
  return json({ non_field_errors: ['Invalid data. Expected a dictionary.'] }, 400);
}

function refuseFields(value: unknown, fields: readonly string[]): Response | undefined {
  const problems: Record<string, readonly string[]> = {};
  for (const field of fields) {
    const problem = problemOf(own(value, field));
    if (problem) problems[field] = [problem];
  }
  return Object.keys(problems).length > 0 ? json(problems, 400) : undefined;
}

function problemOf(value: unknown): string | undefined {
  if (value === undefined) return 'This field is required.';
  if (value === null) return 'This field may not be null.';
  if (typeof value !== 'string' && typeof value !== 'number') return 'Not a valid string.';
  return String(value).trim() === '' ? 'This field may not be blank.' : undefined;
}

function textsOf(value: unknown): Record<string, string> {
  return Object.fromEntries(Object.entries(value as object).map(([field, text]) => [field, String(text)]));
}

function json(body: object, status = 200, headers: Record<string, string> = { Allow: 'POST, OPTIONS' }): Response {
  return Response.json(body, { status, headers: { Vary: 'Origin', ...headers } });
}
