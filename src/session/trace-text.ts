import { readPageFacts } from '../platform/page-facts.ts';
import { safeText, stringsIn } from '../token/redact.ts';
import { holdOf } from './breaker.ts';
import type { Core } from './core.ts';
import { coreOf } from './core-of.ts';
import { secretsOf } from './secrets.ts';
import type { Session } from './session.ts';

/** What separates the address of a URL from what may be secret in it. */
const QUERY = /[?#]\S*/g;

/**
 * The trace of a session as plain text for a bug report: what the page offers, the state, what was told to mend, and then
 * the last decisions, one a line. No token, no user, and no query of a URL is in it.
 *
 * @throws {TypeError} When it is no session.
 * @example
 * copyButton.onclick = () => navigator.clipboard.writeText(traceText(session))
 */
export function traceText(session: Session<never, unknown>): string {
  const core = coreOf(session);
  if (!core) throw new TypeError('traceText: the session must be one that createSession() gave.');
  const lines = core.trace.map(({ at, step, detail = '' }) => `${timeOf(at)} ${step} ${clean(core, detail)}`.trim());
  return [...headOf(core), '', ...(lines.length > 0 ? lines : ['Nothing has happened yet.'])].join('\n');
}

function headOf(core: Core): string[] {
  const { backend, clock, closed, fence, held, isOnline, isVisible, name, scope, state, store, told } = core;
  const page = readPageFacts();
  const isSignedIn = state.status === 'signed-in';
  const facts: Readonly<Record<string, unknown>> = {
    'latchkey trace of': timeOf(clock.now()),
    'user agent': clean(core, page.userAgent),
    page: page.isPage,
    'secure context': page.isSecure,
    sandboxed: page.isOpaque,
    'Web Locks': page.hasWebLocks,
    IndexedDB: page.hasIndexedDb,
    'broadcast channel': page.hasBroadcastChannel,
    cookies: page.hasCookies,
    online: isOnline(),
    visible: isVisible(),
    'session name': name,
    'shared by': scope === 'origin' ? 'all tabs' : 'this tab',
    'tabs agree by': fence.isShared ? 'IndexedDB' : 'nothing',
    store: store.synchronous ? 'synchronous' : 'asynchronous',
    'refresh token': backend.credential === 'cookie' ? 'in a cookie' : 'in the record',
    state: `${closed.signal.aborted ? 'disposed, ' : ''}${state.status}`,
    'signed out because': state.status === 'signed-out' ? state.reason : undefined,
    generation: held?.record.generation,
    renewable: held?.isRenewable,
    'token expires': isSignedIn ? timeOf(state.tokenExpiresAt) : undefined,
    'session ends': isSignedIn ? timeOf(state.endsAt) : undefined,
    'no refresh before': holdOf(core.breaker, clock.now()) ? timeOf(core.breaker?.retryAt) : undefined,
    'told to mend': [...new Set(told.values())].sort().join(', ') || undefined,
  };
  const known = Object.entries(facts).filter(([, fact]) => fact !== undefined);
  return known.map(([what, fact]) => `${what}: ${typeof fact === 'boolean' ? (fact ? 'yes' : 'no') : fact}`);
}

/** Also where a detail is made of what a server, or the app, has said. */
function clean({ held, state }: Core, text: string): string {
  const { record } = held ?? {};
  const user = state.status === 'signed-in' ? namesOf(state.user) : [];
  return safeText(text.replace(QUERY, ''), [...secretsOf(record), record?.subject ?? '', ...user]);
}

function namesOf(user: unknown): readonly string[] {
  try {
    return stringsIn(user);
  } catch {
    // A user that the app has loaded may be anything; no decision of the engine names one.
    return [];
  }
}

function timeOf(time: number | undefined): string | undefined {
  if (time === undefined) return undefined;
  const date = new Date(time);
  return Number.isNaN(date.getTime()) ? 'at an unknown time' : date.toISOString();
}
