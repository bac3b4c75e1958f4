import type { StepUp } from '../backends/backend.ts';
import { StepUpCancelledError } from '../errors.ts';
import { ownOptions } from '../token/own.ts';
import { safeCause } from '../token/redact.ts';
import type { Core } from './core.ts';
import type { Engine, Prompt } from './engine.ts';
import type { Held } from './held.ts';
import { secretsOf } from './secrets.ts';

/** The part of the engine that deals with what servers demand besides a good token. */
export function createStepUp(core: Core): Pick<Engine, 'stepUp' | 'lackScope' | 'missChallenge'> {
  const { onStepUp, events, diagnose } = core;
  /** Those that somebody waits for, by what they ask. */
  const prompts = new Map<string, Prompt>();
  /** The record in use when the user last had proved something. */
  let proved: { readonly key: string; readonly held: Held | undefined } | undefined;
  let isMissTold = false;

  function open(key: string, stepUp: StepUp, url: string): Prompt {
    const controller = new AbortController();
    const { signal } = controller;
    let waiting = 0;
    const close = (): boolean => prompts.get(key) === prompt && prompts.delete(key);
    const prompt: Prompt = {
      // In a later turn, when those that wait have joined; whoever aborts at once asks the user nothing.
      outcome: Promise.resolve()
        .then(() => (waiting ? onStepUp?.(stepUp, { signal, url }) : undefined))
        .then(
          () => {
            if (close()) proved = { key, held: core.held };
          },
          (error) => {
            close();
            throw new StepUpCancelledError(
              error === undefined ? error : safeCause(error, secretsOf(core.held?.record)),
            );
          },
        ),
      join() {
        waiting += 1;
        return () => {
          waiting -= 1;
          // Not at once: a session that ends is not disturbed by a listener of the app.
          if (!waiting && close()) queueMicrotask(() => controller.abort());
        };
      },
    };
    prompts.set(key, prompt);
    return prompt;
  }

  return {
    stepUp:
      onStepUp &&
      ((held, given, url) => {
        const { acrValues, maxAge, scope } = ownOptions(given);
        const key = [acrValues?.join(' '), maxAge, scope].join('\n');
        // What was sent before the user proved this very thing need not ask again.
        const isProved = proved?.key === key && proved.held === core.held && proved.held !== held;
        if (isProved) return { outcome: Promise.resolve(), join: () => () => {} };
        return prompts.get(key) ?? open(key, Object.freeze({ acrValues, maxAge, scope }), url);
      }),
    lackScope: (scope, url) => events.emit('insufficient-scope', { scope, url }),
    missChallenge() {
      if (isMissTold) return;
      isMissTold = true;
      diagnose(
        'challenge-hidden',
        'CORS hides why an answer was a 401 or 403: let the server send Access-Control-Expose-Headers: WWW-Authenticate.',
      );
    },
  };
}
