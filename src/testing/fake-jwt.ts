import type { JwtClaims } from '../token/claims.ts';

/**
 * Makes a JWT with these claims. Nobody signed it: only whoever remembers having given it believes in it.
 *
 * @param alg What it says of its signature. Default is `none`.
 */
export function fakeJwt(claims: JwtClaims, alg = 'none'): string {
  return `${encode({ alg, typ: 'JWT' })}.${encode(claims)}.fake`;
}

function encode(value: object): string {
  const bytes = new TextEncoder().encode(JSON.stringify(value));
  // One by one: a list of arguments has a limit, and a test's claims may be long.
  const binary = Array.from(bytes, (byte) => String.fromCharCode(byte)).join('');
  return btoa(binary).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '');
}
