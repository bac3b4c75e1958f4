import * as oauth from 'oauth4webapi';
import { parseRetryAfter } from '../backends/token-endpoint.ts';
import {
  type AuthError,
  AuthUnavailableError,
  isAuthError,
  SignInRejectedError,
  TokenResponseError,
} from '../errors.ts';
import { isObject } from '../platform/check-options.ts';
import { systemClock } from '../platform/clock.ts';
import { own } from '../token/own.ts';
import { safeCause, safeText } from '../token/redact.ts';

/** With these a server says nothing of what it was asked. */
const BUSY: readonly unknown[] = [408, 425, 429];
/** The answer is no word of the provider's: a proxy's page, a captive portal. */
const NO_ANSWERS: readonly unknown[] = [oauth.RESPONSE_IS_NOT_CONFORM, oauth.RESPONSE_IS_NOT_JSON, oauth.PARSE_ERROR];

/**
 * Makes an error of the package of what went wrong between this page and the provider. Theirs hold the answer with all
 * its codes and tokens, so not one of them is handed on, not even as a cause (LOG-1, LOG-2).
 *
 * @param secrets What must appear nowhere, such as the code and the verifier of this very call.
 */
export function providerError(error: unknown, issuer: string, secrets: readonly string[] = []): AuthError {
  if (isAuthError(error)) return error;
  const code = own(error, 'code');
  if (error instanceof oauth.AuthorizationResponseError) return rejected(0, error, secrets);
  const { status, retryAfter } = answerAbout(error);
  if (error instanceof oauth.ResponseBodyError && !BUSY.includes(error.status)) {
    return rejected(error.status, error, secrets, retryAfter);
  }
  // RFC 6749 section 5.2: so a client is refused, and none of latchkey's has more to show than its name.
  if (error instanceof oauth.WWWAuthenticateChallengeError && !BUSY.includes(status)) {
    return new AuthUnavailableError(`${issuer} answered with status ${status}: is clientId a public client there?`, {
      status,
      retryAfter,
    });
  }
  if (error instanceof oauth.ResponseBodyError || status !== undefined || NO_ANSWERS.includes(code)) {
    return new AuthUnavailableError(`${issuer} gave no answer that can be read; try again.`, { status, retryAfter });
  }
  if (error instanceof oauth.OperationProcessingError || error instanceof oauth.UnsupportedOperationError) {
    return new TokenResponseError(`The answer of ${issuer} cannot be trusted: ${safeText(error.message, secrets)}.`);
  }
  const isOfMetadata = error instanceof TypeError && typeof code === 'string';
  return new AuthUnavailableError(
    isOfMetadata
      ? `The metadata of ${issuer} is incomplete.`
      : `No answer from ${issuer} (network, CORS, or a redirect).`,
    { cause: safeCause(error, secrets) },
  );
}

function rejected(
  status: number,
  { error, error_description }: { readonly error: string; readonly error_description?: string | undefined },
  secrets: readonly string[],
  retryAfter?: number,
): SignInRejectedError {
  return new SignInRejectedError(status, {
    serverCode: safeText(error, secrets),
    serverMessage: safeText(error_description ?? error, secrets),
    retryAfter,
  });
}

/** What is in the head of the answer that an error is about, where it was no success. */
function answerAbout(error: unknown): { readonly status?: number; readonly retryAfter?: number | undefined } {
  // Not `instanceof`: in a test, the page and the network may each have a `Response` of their own.
  const isAnswer = (part: unknown): part is Response => isObject(part) && 'headers' in part;
  const answer = [own(error, 'response'), own(error, 'cause')].find(isAnswer);
  if (!answer || answer.status < 300) return {};
  return {
    status: answer.status,
    retryAfter: parseRetryAfter(answer.headers.get('Retry-After'), systemClock.now()),
  };
}
