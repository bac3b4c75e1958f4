import type { SessionRecord } from '../token/session-record.ts';
import type { Core } from './core.ts';

/** What `importLegacy` gives to `createSession`. */
export interface Migration {
  /** Where the older client keeps its tokens, to tell two sessions of one name apart. */
  readonly from: string;
  /** Begins to take over; once for each session, and before anything else. */
  begin(core: Core): TakeOver;
}

/** The two moments at which the tokens of an older client count. */
export interface TakeOver {
  /**
   * What a page is to begin with.
   *
   * @param found What it has of its own, which comes first.
   */
  restore(found: SessionRecord | undefined): Promise<SessionRecord | undefined>;
  /**
   * Refreshes with what an older copy of the app, which still runs in another tab, has left meanwhile.
   *
   * @param ask Sends the refresh token of a record, and gives the next one.
   */
  refresh(record: SessionRecord, ask: (record: SessionRecord) => Promise<SessionRecord>): Promise<SessionRecord>;
}
