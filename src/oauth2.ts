export type { RedirectSignInOptions, RedirectSignInRequest, RedirectSignOutRequest } from './oauth2/options.ts';
export { type RedirectSignIn, redirectSignIn } from './oauth2/redirect-sign-in.ts';
export type { Return, ReturnError } from './oauth2/return.ts';
