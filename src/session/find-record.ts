import type { SessionRecord } from '../token/session-record.ts';
import type { Core } from './core.ts';
import type { Row } from './facts.ts';
import { pause } from './pause.ts';
import { ask } from './tabs.ts';

/** How long a store may take to show what another tab wrote, in milliseconds (S9). */
const CATCH_UP = 2000;

/**
 * Gets a record that the fence knows to exist: from the store, which may lag behind what another tab wrote, else from a
 * tab that holds it. Undefined when nobody has it.
 *
 * @param row The newest generation of the session, and who committed it.
 * @param limit How long the other tabs are waited for, in milliseconds.
 */
export async function findRecord(
  core: Core,
  sessionId: string,
  { generation, tab }: Pick<Row, 'generation' | 'tab'>,
  limit?: number,
): Promise<SessionRecord | undefined> {
  return (await storeShows(core, sessionId, generation)) ?? (await ask(core, sessionId, generation, tab, limit));
}

/** Waits until the store shows a record of a session, of this generation or a later one. */
export async function storeShows(
  core: Core,
  sessionId: string,
  generation: number,
  limit: number = CATCH_UP,
): Promise<SessionRecord | undefined> {
  const { clock, closed, keeper, store } = core;
  const deadline = clock.monotonic() + limit;
  for (let wait = 5; ; wait *= 2) {
    const { record } = await keeper.load();
    if (record?.sessionId === sessionId && record.generation >= generation) return record;
    const left = deadline - clock.monotonic();
    // What only this tab writes shows nothing new by waiting.
    if (store.scope === 'tab' || store.handsOver?.(undefined) || left <= 0 || closed.signal.aborted) return undefined;
    await pause(core, Math.min(wait, left));
  }
}
