import { within } from '../platform/awaitable.ts';
import { checkEndpoints } from './check-endpoints.ts';
import { checkPage } from './check-page.ts';
import { checkStore } from './check-store.ts';
import { checkTokens } from './check-tokens.ts';
import type { Core } from './core.ts';
import { coreOf } from './core-of.ts';
import { type Diagnostic, type DiagnosticSeverity, finding, toldBefore } from './diagnostic.ts';
import type { Session } from './session.ts';

/** How long one check may take, in milliseconds. */
const LIMIT = 2000;
const ORDER: readonly DiagnosticSeverity[] = ['error', 'warning', 'info'];

type Check = (core: Core) => readonly Diagnostic[] | Promise<readonly Diagnostic[]>;
const CHECKS: readonly (readonly [what: string, check: Check])[] = [
  ['page', checkPage],
  ['backend', checkEndpoints],
  ['store', checkStore],
  ['tokens', checkTokens],
];

/**
 * Looks for what usually goes wrong around a session: the page, the browser, the store, the server, the tokens. What the
 * session has told by its event `diagnostic` is there, too, however late one asks. For development: print it, or show it
 * in a panel.
 *
 * It sends no request, changes nothing, and never rejects; each check is given 2 seconds. An empty place in a synchronous
 * store is written to and emptied again, which is the only way to learn that it is full or refused.
 *
 * @returns The errors first, then by code: the same whenever the same is wrong.
 * @example
 * if (import.meta.env.DEV) console.table(await diagnose(session))
 */
export async function diagnose(session: Session<never, unknown>): Promise<readonly Diagnostic[]> {
  const core = coreOf(session);
  const found = core ? await look(core) : [];
  // Asked for last: what restoring the session tells is there by now.
  const told = [...(core?.told ?? [])].map(([message, code]) => toldBefore(code, message));
  const noSession = core
    ? []
    : [finding('no-session', 'error', 'This is no session: call diagnose() with what createSession() gave.')];
  return Object.freeze([...noSession, ...told, ...found].sort(byWeight).map((each) => Object.freeze(each)));
}

async function look(core: Core): Promise<readonly Diagnostic[]> {
  const { clock, closed } = core;
  if (closed.signal.aborted) {
    return [
      finding(
        'session-disposed',
        'error',
        'The session was disposed of: ask about the one that createSession() gave last.',
      ),
    ];
  }
  const isReady = await within(clock, LIMIT, () => core.ready.then(() => true), Error).catch(() => false);
  const slow = finding(
    'restore-slow',
    'error',
    'The session is still being restored after 2 seconds: do store.load and backend.verify settle?',
  );
  const found = await Promise.all(CHECKS.map(([what, check]) => bounded(core, what, check)));
  return [...(isReady ? [] : [slow]), ...found.flat()];
}

function bounded(core: Core, what: string, check: Check): Promise<readonly Diagnostic[]> {
  return within(core.clock, LIMIT, () => check(core), Error).catch(() => [
    finding('check-failed', 'info', `The ${what} could not be checked in 2 seconds: reload the page, and ask again.`),
  ]);
}

function byWeight(one: Diagnostic, other: Diagnostic): number {
  const weight = ({ severity, code, message }: Diagnostic): string => `${ORDER.indexOf(severity)} ${code} ${message}`;
  return weight(one) < weight(other) ? -1 : 1;
}
