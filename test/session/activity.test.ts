import { describe, expect, it } from 'vitest';
import { ALICE, createWorld } from '../support/world.ts';

const IDLE = 600_000;

describe('a user', () => {
  it.each(['keydown', 'pointerdown', 'pointermove', 'touchstart', 'wheel', 'scroll'])(
    'is there, who makes a %s, also where the page stops it (C43)',
    async (type) => {
      const { clock, session } = createWorld({ idleTimeout: IDLE });
      await session.signIn(ALICE);
      const stop = (event: Event): void => event.stopImmediatePropagation();
      document.body.addEventListener(type, stop);
      for (let minutes = 0; minutes < 15; minutes += 1) {
        await clock.advance(60_000);
        document.body.dispatchEvent(new Event(type, { bubbles: true }));
      }
      document.body.removeEventListener(type, stop);
      await clock.advance(0);
      expect(session.getState().status).toBe('signed-in');
      await clock.advance(IDLE + 1);
      expect(session.getState()).toEqual({ status: 'signed-out', reason: 'idle' });
    },
  );

  it('is not listened to after dispose, nor where there is no idle time-out (C48)', async () => {
    const listened: string[] = [];
    const add = document.addEventListener.bind(document);
    document.addEventListener = ((type: string, ...rest: [EventListener]) => {
      listened.push(type);
      add(type, ...rest);
    }) as never;
    createWorld({ maxAge: IDLE }).session.dispose();
    document.addEventListener = add as never;
    expect(listened).not.toContain('keydown');
  });
});
