import { isSecureTarget, pageUrl, resolveUrl } from '../platform/web-origin.ts';
import type { Core } from './core.ts';
import { type Diagnostic, finding } from './diagnostic.ts';
import { readFacts } from './facts.ts';

/** With which a server asks to wait. */
const BUSY: readonly unknown[] = ['429', '503'];

/** Where passwords and refresh tokens are sent, and what the page may read of the answers. */
export async function checkEndpoints(core: Core): Promise<readonly Diagnostic[]> {
  const endpoints = (core.backend.endpoints ?? []).flatMap((url) => resolveUrl(url) ?? []);
  const insecure = new Set(endpoints.filter((url) => !isSecureTarget(url)).map(({ origin }) => origin));
  const found = [...insecure].map((origin) =>
    finding('endpoint-insecure', 'error', `Passwords and refresh tokens are sent to ${origin}: let it have https.`),
  );
  const here = resolveUrl(pageUrl() ?? '')?.origin;
  found.push(...checkRenewal(core, here));
  const far = endpoints.find(({ origin }) => here !== undefined && origin !== here);
  if (!far || !(await isWaitHidden(core))) return found;
  const message = `${far.origin} was busy and named no time to wait that script can read: if it sends Retry-After, let it send Access-Control-Expose-Headers: Retry-After, too.`;
  return [...found, finding('retry-after-hidden', 'info', message)];
}

/** Headers with newer tokens that a server may well send, and its CORS hides (SES-6). */
function checkRenewal({ backend, barren }: Core, here: string | undefined): Diagnostic[] {
  const headers = backend.exposedHeaders?.join(', ');
  const server = barren ? resolveUrl(barren)?.origin : undefined;
  if (!headers || server === undefined || here === undefined || server === here) return [];
  const message = `No answer of ${server} has ${headers} that script can read: let it send Access-Control-Expose-Headers: ${headers}.`;
  return [finding('renewal-hidden', 'warning', message)];
}

/** Whether the last refresh without a verdict met a busy server, and nothing is known of a time that it named (HTTP-4). */
async function isWaitHidden(core: Core): Promise<boolean> {
  const last = core.trace.filter(({ step }) => step === 'refresh-unanswered').at(-1);
  if (!last || !BUSY.includes(last.detail)) return false;
  const { row } = await readFacts(core, core.held?.record);
  return !(row?.breaker ?? core.breaker)?.isFirm;
}
