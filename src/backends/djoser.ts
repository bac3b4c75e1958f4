import type { JwtClaims } from '../token/claims.ts';
import type { PresetBackend } from './dialect.ts';
import {
  createSimpleJwt,
  type SimpleJwtDefaults,
  type SimpleJwtOptions,
  type UsernameAndPassword,
} from './simple-jwt.ts';

/**
 * How a Django project mounts `djoser`, whose tokens are SimpleJWT's. Defaults are the paths `jwt/create/`, `jwt/refresh/`
 * and `jwt/verify/`, no log-out view, and the header type `JWT`, as its documentation has them.
 */
export type DjoserOptions = Omit<SimpleJwtOptions, 'sliding'>;

const DEFAULTS: SimpleJwtDefaults = {
  headerType: 'JWT',
  obtain: 'jwt/create/',
  refresh: 'jwt/refresh/',
  verify: 'jwt/verify/',
  blacklist: false,
};

/**
 * Django with `djoser` and its JWT endpoints. Who is signed in is at `users/me/`: load it with the app's own client, as
 * `loadUser: () => api.get('/auth/users/me/').then(({ data }) => data)`.
 *
 * @throws {TypeError} When an option is wrong.
 * @example
 * djoser({ baseUrl: 'https://api.example.com/auth' }) // jwt/create/, jwt/refresh/, jwt/verify/
 */
export function djoser<SignIn extends object = UsernameAndPassword, Claims = JwtClaims>(
  options: DjoserOptions,
): PresetBackend<SignIn, Claims> {
  if ('sliding' in options) throw new TypeError('djoser: there is no option "sliding"; use simpleJwt.');
  return createSimpleJwt('djoser', options, DEFAULTS);
}
