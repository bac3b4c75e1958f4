import {
  type AuthErrorCode,
  createSession,
  type DiagnosticCode,
  type Judgement,
  memoryStore,
  type StepUp,
  StepUpCancelledError,
} from 'latchkey';
import { createAuthorizedFetch } from 'latchkey/fetch';
import { describe, expectTypeOf, it } from 'vitest';

describe('onStepUp', () => {
  it('is told what is demanded, by which URL, and until when somebody waits', () => {
    createSession({
      backend: {},
      store: memoryStore(),
      onStepUp: async (stepUp, context) => {
        expectTypeOf(stepUp).toEqualTypeOf<StepUp>();
        expectTypeOf(stepUp.acrValues).toEqualTypeOf<readonly string[] | undefined>();
        expectTypeOf(stepUp.maxAge).toEqualTypeOf<number | undefined>();
        expectTypeOf(stepUp.scope).toEqualTypeOf<string | undefined>();
        expectTypeOf(context).toEqualTypeOf<{ readonly signal: AbortSignal; readonly url: string }>();
        // @ts-expect-error It is read only.
        stepUp.maxAge = 0;
      },
    });
  });

  it('has to give a promise: what it gives at once would end the wait at once', () => {
    // @ts-expect-error It gives none.
    createSession({ backend: {}, store: memoryStore(), onStepUp: () => 'done' });
  });

  it('may use the session that it belongs to, if it is a function of its own', () => {
    const session = createSession({ backend: {}, store: memoryStore(), onStepUp: confirm });
    async function confirm(): Promise<void> {
      await session.signInWithTokens({ accessToken: 'a' });
    }
  });
});

describe('a judgement', () => {
  it('may be a step-up, also in the word of the app', () => {
    expectTypeOf<{ readonly stepUp: StepUp }>().toExtend<Judgement>();
    const session = createSession({ backend: {}, store: memoryStore() });
    createAuthorizedFetch(session, { judge: () => ({ stepUp: { acrValues: ['otp'], maxAge: 0 } }) });
    // @ts-expect-error The wire's spelling is not ours.
    createAuthorizedFetch(session, { judge: () => ({ stepUp: { acr_values: 'otp' } }) });
  });
});

describe('what is told of it', () => {
  it('is an event, an error and a diagnostic that can be told apart', () => {
    const session = createSession({ backend: {}, store: memoryStore() });
    session.on('insufficient-scope', (event) =>
      expectTypeOf(event).toEqualTypeOf<{ readonly scope: string | undefined; readonly url: string }>(),
    );
    expectTypeOf<'step-up-cancelled'>().toExtend<AuthErrorCode>();
    expectTypeOf<'challenge-hidden'>().toExtend<DiagnosticCode>();
    expectTypeOf(new StepUpCancelledError().code).toEqualTypeOf<AuthErrorCode>();
  });
});
