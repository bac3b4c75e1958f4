// @vitest-environment node
import { createSession, importLegacy, memoryStore } from 'latchkey';
import { createFakeBackend } from 'latchkey/testing';
import { expect, it } from 'vitest';

it('takes nothing over on a server, and does not look', async () => {
  let looks = 0;
  const migrate = importLegacy({
    read() {
      looks += 1;
      return { accessToken: 'a' };
    },
    remove() {},
  });
  const session = createSession({ backend: createFakeBackend(), store: memoryStore(), migrate });
  await session.ready;
  expect(session.getState()).toEqual({ status: 'signed-out' });
  expect(looks).toBe(0);
  session.dispose();
});
