export type TokenType = 'access' | 'refresh';

/** What the server knows of a token that it gave and has not taken back. */
interface Outstanding {
  readonly type: TokenType;
  readonly username: string;
  /** In seconds since 1970, as in the token. */
  readonly exp: number;
}

/** How long tokens live, in seconds. */
const LIFETIMES: Record<TokenType, number> = { access: 30, refresh: 24 * 60 * 60 };
/** Where the server keeps its memory: a reload of the page is no restart of a server. No token is in there. */
const MEMORY = 'latchkey-demo-server';

/** Gives a new token, a JWT with the claims of SimpleJWT and the name of the user. */
export function issue(type: TokenType, username: string): string {
  const iat = Math.floor(Date.now() / 1000);
  const exp = iat + LIFETIMES[type];
  const jti = crypto.randomUUID().replaceAll('-', '');
  remember((tokens) => tokens.set(jti, { type, username, exp }));
  // It is good because the server knows its `jti`, so nobody needs to sign it.
  return `${encode({ alg: 'none', typ: 'JWT' })}.${encode({ token_type: type, exp, iat, jti, user_id: '1', username })}.`;
}

/** Whose token this is; undefined when it is not of this type, is over its time, or was taken back. */
export function ownerOf(type: TokenType, token: unknown): string | undefined {
  const known = recall().get(idOf(token));
  return known?.type === type && known.exp > Date.now() / 1000 ? known.username : undefined;
}

/** Takes one token back. */
export function revoke(token: unknown): void {
  remember((tokens) => tokens.delete(idOf(token)));
}

/** Takes back every token of these types. */
export function revokeAll(...types: readonly TokenType[]): void {
  remember((tokens) => {
    for (const [jti, { type }] of tokens) if (types.includes(type)) tokens.delete(jti);
  });
}

function remember(change: (tokens: Map<string, Outstanding>) => void): void {
  const tokens = recall();
  change(tokens);
  const alive = [...tokens].filter(([, { exp }]) => exp > Date.now() / 1000);
  localStorage.setItem(MEMORY, JSON.stringify(alive));
}

/** Read anew each time: the other tabs of the demo have the same server. */
function recall(): Map<string, Outstanding> {
  return new Map(JSON.parse(localStorage.getItem(MEMORY) ?? '[]') as [string, Outstanding][]);
}

function idOf(token: unknown): string {
  try {
    const payload = String(token).split('.')[1] ?? '';
    return String(JSON.parse(atob(payload.replaceAll('-', '+').replaceAll('_', '/'))).jti);
  } catch {
    return '';
  }
}

/** Base64url of ASCII, which is all that these claims are made of: there is one user, and it is alice. */
function encode(claims: object): string {
  return btoa(JSON.stringify(claims)).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}
