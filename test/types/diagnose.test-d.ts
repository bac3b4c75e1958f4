import {
  createSession,
  type Diagnostic,
  type DiagnosticCode,
  type DiagnosticSeverity,
  diagnose,
  type FindingCode,
  localStorageStore,
  traceText,
} from 'latchkey';
import { simpleJwt } from 'latchkey/backends';
import { describe, expectTypeOf, it } from 'vitest';

const session = createSession({ backend: simpleJwt({ baseUrl: '/auth' }), store: localStorageStore() });

describe('diagnose()', () => {
  it('takes any session, and gives what cannot be changed', () => {
    expectTypeOf(diagnose(session)).resolves.toEqualTypeOf<readonly Diagnostic[]>();
    void diagnose(createSession({ backend: {}, store: localStorageStore(), loadUser: async () => ({ name: 'x' }) }));
    // @ts-expect-error It is no session.
    void diagnose({});
    void diagnose(session).then(([first]) => {
      // @ts-expect-error It is read only.
      if (first) first.message = '';
    });
  });

  it('has codes that can be told apart, those of the event among them', () => {
    expectTypeOf<Diagnostic['code']>().toEqualTypeOf<DiagnosticCode | FindingCode>();
    expectTypeOf<Diagnostic['severity']>().toEqualTypeOf<DiagnosticSeverity>();
    expectTypeOf<'error' | 'warning' | 'info'>().toEqualTypeOf<DiagnosticSeverity>();
    expectTypeOf<Extract<FindingCode, DiagnosticCode>>().toEqualTypeOf<never>();
    // @ts-expect-error There is no such code.
    const wrong: Diagnostic['code'] = 'nonsense';
    void wrong;
  });
});

describe('traceText()', () => {
  it('gives text', () => {
    expectTypeOf(traceText(session)).toEqualTypeOf<string>();
    // @ts-expect-error It is no session.
    traceText('session');
  });
});
