// @vitest-environment node
import { describe, expect, it, vi } from 'vitest';
import type { Answer } from '../../src/backends/backend.ts';
import type { Engine } from '../../src/session/engine.ts';
import { API } from '../support/world.ts';
import { answerOf, createFakeEngine, ELSEWHERE, fetchOver, serving, turns } from './fake-engine.ts';

const url = `${API}/a`;

/** An engine whose backend finds out what a 401 means by reading its body; `heard` has what it was asked about. */
function reading(more: Partial<Engine> = {}) {
  const heard: Answer[] = [];
  const judge: Engine['judge'] = async (answer) => {
    heard.push(answer);
    return answer.status === 401 ? 'refused' : 'accepted';
  };
  return { engine: createFakeEngine({ judge, ...more }), heard };
}

describe('the word of a body that a token is refused', () => {
  it('goes for all of its answers: no more bodies are read', async () => {
    const { engine, heard } = reading();
    const send = fetchOver(
      engine,
      serving(() => answerOf(401)),
    );
    for (let no = 0; no < 3; no += 1) {
      void send(`${API}/${no}`);
      await turns();
    }

    expect(heard).toHaveLength(1);
    expect(engine.replace).toHaveBeenCalledTimes(1);
  });

  it.each([403, 404, 500])('says nothing of a %i of the same token: it is the caller’s', async (status) => {
    const { engine } = reading();
    const serve = serving(
      () => answerOf(401),
      () => answerOf(status),
    );
    const send = fetchOver(engine, serve);
    void send(url);
    await turns();

    expect((await send(url)).status).toBe(status);
    expect(serve).toHaveBeenCalledTimes(2);
  });

  it('says nothing of what another server answers, after a redirect (RED-2)', async () => {
    const { engine, heard } = reading();
    const serve = serving(
      () => answerOf(401),
      () => answerOf(401, ELSEWHERE),
    );
    const send = fetchOver(engine, serve);
    void send(url);
    await turns();

    expect((await send(url)).status).toBe(401);
    expect([serve.mock.calls.length, heard.length]).toEqual([2, 1]);
  });

  it('is asked for anew once a refresh has failed, also one for a body that cannot be sent again', async () => {
    const { engine, heard } = reading({ replace: vi.fn(() => Promise.reject(new Error('down'))) });
    const send = fetchOver(
      engine,
      serving(() => answerOf(401)),
    );
    const body = () => new Blob(['once']).stream();
    for (let no = 0; no < 2; no += 1) {
      expect((await send(url, { method: 'POST', body: body(), duplex: 'half' } as RequestInit)).status).toBe(401);
      await turns();
    }

    expect(heard).toHaveLength(2);
  });

  it('is asked of each answer where it is said at once', async () => {
    const judge = vi.fn(() => 'refused' as const);
    const engine = createFakeEngine({ judge });
    const send = fetchOver(
      engine,
      serving(() => answerOf(401)),
    );
    void send(url);
    void send(url);
    await turns();

    expect(judge).toHaveBeenCalledTimes(2);
  });
});

describe('a refusal of a body that cannot be sent again', () => {
  it('begins a refresh for which nobody waits (C15)', async () => {
    const replace = vi.fn<Engine['replace']>(() => new Promise(() => {}));
    const send = fetchOver(
      createFakeEngine({ replace }),
      serving(() => answerOf(401)),
    );
    await send(url, { method: 'POST', body: new Blob(['once']).stream(), duplex: 'half' } as RequestInit);

    expect(replace.mock.calls.map(([, , isWanted]) => isWanted())).toEqual([false]);
  });
});

describe('a step-up', () => {
  it('names the URL that demanded it, after a redirect, without its query (HTTP-5)', async () => {
    const stepUp = vi.fn<NonNullable<Engine['stepUp']>>(() => ({
      outcome: new Promise(() => {}),
      join: () => () => {},
    }));
    const send = fetchOver(
      createFakeEngine({ stepUp }),
      serving(() =>
        answerOf(401, `${API}/moved?secret=1`, {
          headers: { 'WWW-Authenticate': 'Bearer error="insufficient_user_authentication"' },
        }),
      ),
    );
    void send(url);
    await turns();

    expect(stepUp.mock.calls.map(([, , place]) => place)).toEqual([`${API}/moved`]);
  });
});
