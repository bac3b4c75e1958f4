import { AuthUnavailableError, SignedOutError, SignInRejectedError, type SignOutReason } from 'latchkey';
import { timeOf } from './profile.ts';

/** Until it is known who is signed in. */
export const RESTORING = 'Looking who is signed in …';

const REASONS: Readonly<Record<SignOutReason, string>> = {
  user: 'You signed out.',
  'other-tab': 'You signed out in another tab.',
  'refresh-rejected': 'The server ended your session. Please sign in again.',
  'account-disabled': 'Your account is locked. Please ask your administrator.',
  expired: 'Your session has expired. Please sign in again.',
  idle: 'You were signed out because you were away.',
  'max-age': 'You were signed in for a long time. Please sign in again.',
  'storage-cleared': 'The data of this site was cleared, and you were signed out.',
  'user-switched': 'Somebody else signed in in another tab. Reload the page to go on as them.',
  provider: 'You signed out at your identity provider.',
};

/** Why nobody is signed in any more, for the user; nothing on a first visit. */
export function reasonText(reason: SignOutReason | undefined): string {
  return reason === undefined ? '' : REASONS[reason];
}

/** What went wrong, for the user: the server's own words where it had some. Nothing where the session simply ended. */
export function problemText(error: unknown): string {
  if (error instanceof SignedOutError) return '';
  if (error instanceof SignInRejectedError) return error.serverMessage ?? 'Wrong user name or password.';
  if (error instanceof AuthUnavailableError) return 'The server cannot be reached. Please try again in a moment.';
  return 'This did not work. Please try again.';
}

/** @param endsAt In milliseconds since 1970. */
export function idleText(endsAt: number): string {
  return `You will be signed out at ${timeOf(endsAt)}.`;
}

/** How far a burst of requests has come. */
export function burstText(answered: number, sent: number): string {
  return `${answered} of ${sent} answered`;
}
