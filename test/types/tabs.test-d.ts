import {
  createSession,
  type DiagnosticCode,
  localStorageStore,
  type SignOutReason,
  type TokenStore,
  type TraceEntry,
  type TraceStep,
} from 'latchkey';
import { describe, expectTypeOf, it } from 'vitest';

const session = createSession({ backend: {}, store: localStorageStore(), settleTime: 30_000 });

describe('trace()', () => {
  it('gives entries that cannot be changed, of steps that can be told apart', () => {
    expectTypeOf(session.trace()).toEqualTypeOf<readonly TraceEntry[]>();
    expectTypeOf<TraceEntry['step']>().toEqualTypeOf<TraceStep>();
    expectTypeOf<'adopted' | 'woken' | 'degraded' | 'record-asked' | 'record-given'>().toExtend<TraceStep>();
    // @ts-expect-error It is read only.
    session.trace()[0].at = 0;
  });
});

describe('what tabs do to each other', () => {
  it('has reasons and codes that an app can switch over', () => {
    expectTypeOf<'other-tab' | 'user-switched' | 'storage-cleared'>().toExtend<SignOutReason>();
    expectTypeOf<'tabs-uncoordinated'>().toExtend<DiagnosticCode>();
  });

  it('depends on who sees a store, which each store must say', () => {
    expectTypeOf<TokenStore['scope']>().toEqualTypeOf<'tab' | 'origin'>();
    // @ts-expect-error It does not say who sees it.
    const store: TokenStore = { synchronous: true, load() {}, save() {}, clear() {} };
    expectTypeOf(store).toExtend<TokenStore>();
  });

  it('takes its time in milliseconds', () => {
    // @ts-expect-error A text is no time.
    createSession({ backend: {}, store: localStorageStore(), settleTime: '5s' });
  });
});
