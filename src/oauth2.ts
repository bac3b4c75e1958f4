export type { RedirectSignInOptions, RedirectSignInRequest } from './oauth2/options.ts';
export { type RedirectSignIn, type Return, redirectSignIn } from './oauth2/redirect-sign-in.ts';
