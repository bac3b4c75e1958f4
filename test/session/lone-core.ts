import { type Backend, memoryStore, type SessionRecord, type TokenStore } from 'latchkey';
import { createFakeClock, type FakeClock } from 'latchkey/testing';
import type { RefreshAttempt, RefreshCause, Revocation } from '../../src/backends/backend.ts';
import { createTabLock } from '../../src/platform/lock.ts';
import { adopt } from '../../src/session/adopt.ts';
import { type Core, createCore, type Platform } from '../../src/session/core.ts';
import { changeFacts, type Facts, type Head, type Row, readFacts, writeSession } from '../../src/session/facts.ts';
import { newRecord } from '../../src/session/new-record.ts';
import { normalizeOptions } from '../../src/session/options.ts';
import { refresh } from '../../src/session/refresher.ts';
import type { TokenInput } from '../../src/token/token-set.ts';
import { createLonePage } from '../support/lone-page.ts';

export const MINUTE = 60_000;
export const FIRST: TokenInput = { accessToken: 'one', refreshToken: 'r1', lifetime: 5 * MINUTE, subject: 'alice' };
export const NEXT: TokenInput = { ...FIRST, accessToken: 'two', refreshToken: 'r2' };
/** Of a session that cannot be renewed. */
export const BARE: TokenInput = { ...FIRST, refreshToken: undefined };

export interface LoneOptions {
  readonly store?: TokenStore;
  readonly backend?: Partial<Backend<string>>;
  readonly platform?: Partial<Platform>;
  /** Of `createSession`. */
  readonly session?: object;
}

/** What is known of a session in one page, with no session around it: other tabs are what the test writes for them. */
export interface Lone {
  readonly core: Core;
  readonly clock: FakeClock;
  /** Each refresh that reached the server, with what it was told of it. */
  readonly sent: (Partial<RefreshAttempt> & { readonly generation: number })[];
  /** Why tokens were to be made worthless, for each time. */
  readonly revoked: (Revocation | undefined)[];
  /** What the server answers to a refresh. */
  answer(): unknown;
  /** A record with these tokens: the next generation of another one, or a new session's. */
  make(tokens: TokenInput, previous?: SessionRecord): SessionRecord;
  /** Somebody has written this into the store. */
  keep(record: SessionRecord): unknown;
  facts(sessionId: string): Promise<Facts>;
  /** Somebody changes what the fence says of a session. */
  tell(sessionId: string, row: Partial<Row> | undefined, head?: Head): Promise<void>;
}

/** A synchronous store of all tabs. */
export const originStore = (): TokenStore => ({ ...memoryStore(), scope: 'origin' });

/** A page that has not restored yet. */
export function createLone({ store = originStore(), backend, platform, session }: LoneOptions = {}): Lone {
  const clock = createFakeClock();
  const full: Backend<string> = {
    async refresh({ generation }, _, why) {
      lone.sent.push({ ...why, generation });
      return (await lone.answer()) as TokenInput;
    },
    async revoke(_, __, why) {
      lone.revoked.push(why);
    },
    ...backend,
  };
  const core = createCore(normalizeOptions({ backend: full, store, clock, ...session } as never), {
    ...createLonePage(clock),
    lock: createTabLock(clock, new Map()),
    ...platform,
  });
  const lone: Lone = {
    core,
    clock,
    sent: [],
    revoked: [],
    answer: () => NEXT,
    make: (tokens, previous) => newRecord(tokens, { backend: core.backend, now: clock.now() }, previous),
    keep: (record) => store.save(core.name, record),
    facts: (sessionId) => readFacts(core, { sessionId }),
    tell: (sessionId, row, head) =>
      changeFacts(core, { sessionId }, (facts) => {
        facts.head = head ?? facts.head;
        facts.row = row && { generation: 1, epoch: facts.head?.epoch ?? 0, ...facts.row, ...row };
      }),
  };
  return lone;
}

export interface SignedIn extends Lone {
  readonly record: SessionRecord;
  row(): Promise<Row | undefined>;
  /** What a refresh came to: the generation, or why there is none. */
  ask(cause: RefreshCause, named?: SessionRecord): Promise<string>;
}

/** A page that is signed in. */
export async function signedIn(tokens: TokenInput = FIRST, options?: LoneOptions): Promise<SignedIn> {
  const lone = createLone(options);
  const record = lone.make(tokens);
  await begin(lone, record);
  adopt(lone.core, record);
  return Object.assign(lone, {
    record,
    row: async () => (await lone.facts(record.sessionId)).row,
    ask: (cause: RefreshCause, named = record) => outcomeOf(refresh(lone.core, named, cause)),
  });
}

/** Somebody signs in, in whichever tab. */
export async function begin({ core, keep }: Lone, record: SessionRecord): Promise<void> {
  await changeFacts(core, record, (facts) => writeSession(core, record, facts));
  await keep(record);
}

/** The generation that somebody got, or why there is none. */
export function outcomeOf(work: Promise<{ readonly record: SessionRecord }>): Promise<string> {
  return work.then(
    ({ record }) => `generation ${record.generation}`,
    (error) => [error?.code ?? error?.name ?? String(error), error?.reason].filter(Boolean).join(':'),
  );
}
