import { isJsonObject } from '../token/own.ts';
import { decodeRecord, RECORD_VERSION, type SessionRecord } from '../token/session-record.ts';
import type { Core } from './core.ts';
import { note } from './trace.ts';

/**
 * What tabs say to each other. That something changed is all that most of them say; what changed is read from the fence.
 * A record is given only to the tab that asked for it, and only when it names the session (EVT-5).
 */
type Message =
  | { readonly version: number; readonly type: 'changed' | 'user' }
  | {
      readonly version: number;
      readonly type: 'ask';
      readonly nonce: string;
      readonly sessionId: string;
      /** The oldest that will do. */
      readonly generation: number;
      /** Who is asked; undefined asks all. */
      readonly to: string | undefined;
    }
  | { readonly version: number; readonly type: 'give'; readonly nonce: string; readonly record: unknown };

/** How long the tab that committed a record is given to hand it over, and then everybody else, in milliseconds. */
const ASK_LIMIT = 300;
/** The same for everybody else where the session ends here without it: a page may be busy for as long, and lives. */
export const LAST_ASK_LIMIT = 5000;

/** Tells the other tabs that the fence is worth a look, or that the user's profile has changed. */
export function announce({ channel }: Core, type: 'changed' | 'user' = 'changed'): void {
  channel.post({ version: RECORD_VERSION, type } satisfies Message);
}

/**
 * Listens to the other tabs. What they say is checked, and of another version it is not understood (EVT-4, V1).
 *
 * @param onChange Called when one says that something changed.
 */
export function listen(core: Core, onChange: () => void): void {
  const stop = core.channel.listen((received) => {
    if (!isJsonObject(received) || received.version !== RECORD_VERSION) return;
    const message = received as Message;
    if (message.type === 'changed') onChange();
    if (message.type === 'user') core.reloadUser().catch(() => {});
    if (message.type === 'ask') answer(core, message);
  });
  core.undo.add(stop);
}

/**
 * Asks the tabs that live for a record: first the one that is known to have it, so that fifty do not answer at once. A
 * busy one may answer when it is not waited for any more: then this tab looks again.
 *
 * @param limit How long they are waited for when all are asked, in milliseconds.
 */
export function ask(
  core: Core,
  sessionId: string,
  generation: number,
  owner: string | undefined,
  limit: number = ASK_LIMIT,
): Promise<SessionRecord | undefined> {
  const { channel, clock, closed, random, tab } = core;
  if (closed.signal.aborted) return Promise.resolve(undefined);
  note(core, 'record-asked', generation);
  return new Promise((resolve) => {
    const nonce = String(random());
    const finish = (record?: SessionRecord): void => {
      stop();
      cancel();
      closed.signal.removeEventListener('abort', giveUp);
      resolve(record);
    };
    const giveUp = (): void => finish();
    const stop = channel.listen((received) => {
      const isAnswer = isJsonObject(received) && received.version === RECORD_VERSION && received.nonce === nonce;
      if (!isAnswer || received.type !== 'give') return;
      const { record } = decodeRecord(received.record);
      if (record?.sessionId !== sessionId || record.generation < generation) return;
      finish(record);
      // It was given up, and is what this tab still waited for.
      if (core.stopAsking === giveUp) void core.look();
    });
    closed.signal.addEventListener('abort', giveUp);
    const post = (to?: string): void =>
      channel.post({ version: RECORD_VERSION, type: 'ask', nonce, sessionId, generation, to } satisfies Message);
    const askAll = (): void => {
      cancel = clock.setTimer(() => {
        core.stopAsking();
        core.stopAsking = giveUp;
        resolve(undefined);
      }, limit);
      post();
    };
    let cancel = (): void => {};
    if (!owner || owner === tab) return askAll();
    cancel = clock.setTimer(askAll, ASK_LIMIT);
    post(owner);
  });
}

/** Gives what this tab holds of the very session that was asked for. */
function answer(core: Core, { nonce, sessionId, generation, to }: Extract<Message, { type: 'ask' }>): void {
  const record = core.held?.record;
  if (to !== undefined && to !== core.tab) return;
  if (record?.sessionId !== sessionId || !(record.generation >= generation)) return;
  note(core, 'record-given', record.generation);
  core.channel.post({ version: RECORD_VERSION, type: 'give', nonce, record } satisfies Message);
}
