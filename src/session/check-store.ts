import { within } from '../platform/awaitable.ts';
import { safeCause } from '../token/redact.ts';
import { decodeRecord, RECORD_VERSION, type SessionRecord } from '../token/session-record.ts';
import { createTokenSet } from '../token/token-set.ts';
import type { Core } from './core.ts';
import { type Diagnostic, finding } from './diagnostic.ts';
import { changeFacts } from './facts.ts';
import { secretsOf } from './secrets.ts';

/** How long a store may take to be read, in milliseconds; a little less than the check has. */
const LIMIT = 1900;
const PROBE = 'diagnose';
/** How browsers call it. */
const FULL: readonly unknown[] = ['QuotaExceededError', 'NS_ERROR_DOM_QUOTA_REACHED'];

/** Whether the store can be read, and takes what it is given. */
export async function checkStore(core: Core): Promise<readonly Diagnostic[]> {
  const { clock, name, store } = core;
  const late = new Error();
  try {
    await within(
      clock,
      LIMIT,
      () => store.load(name),
      () => late,
    );
  } catch (error) {
    const slow = 'store.load does not settle within 2 seconds: mend it, or use another store.';
    return [error === late ? finding('storage-slow', 'error', slow) : denied(core, 'cannot be read', error)];
  }
  // What an asynchronous store, or one that the server writes, does with another name, nobody knows.
  if (!store.synchronous || store.isReadOnly) return [];
  // Like every write of a synchronous store in a transaction of the fence: no other tab writes it meanwhile.
  const problem = await changeFacts(core, undefined, () => probe(core));
  return problem ? [problem] : [];
}

/** Writes a record of the size of a real one to an empty place beside the session's, and removes it. */
function probe(core: Core): Diagnostic | undefined {
  const { store } = core;
  const name = `${core.name}.${PROBE}`;
  try {
    const before = store.load(name);
    // One that keeps everything in one place has the session itself there.
    if (before && decodeRecord(before).record?.sessionId !== PROBE) return undefined;
    try {
      // Where the two are kept apart, as by rememberStore(), both are tried.
      for (const remember of [true, false]) void store.save(name, probeRecord(remember));
    } finally {
      void store.clear(name);
    }
  } catch (error) {
    return denied(core, 'takes no session', error);
  }
  return undefined;
}

function probeRecord(remember: boolean): SessionRecord {
  return {
    version: RECORD_VERSION,
    sessionId: PROBE,
    generation: 1,
    receivedAt: 0,
    subject: undefined,
    remember,
    tokens: createTokenSet({ accessToken: '-'.repeat(1500) }, 0),
  };
}

function denied({ held }: Core, what: string, error: unknown): Diagnostic {
  const { message } = safeCause(error, secretsOf(held?.record));
  const cause = (error as { readonly cause?: unknown } | undefined)?.cause ?? error;
  const isFull = FULL.includes((cause as { readonly name?: unknown } | undefined)?.name);
  const fix = isFull
    ? 'The storage of this origin is full: remove what the app keeps there.'
    : 'Allow cookies and site data for this page, leave the private mode or the sandbox, or use memoryStore().';
  const text = `The store ${what}, so a reload signs the user out. ${fix} It says: ${message}`;
  return finding(isFull ? 'storage-full' : 'storage-denied', 'error', text);
}
