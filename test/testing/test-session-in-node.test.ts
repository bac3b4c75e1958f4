// @vitest-environment node
import { createTestSession } from 'latchkey/testing';
import { describe, expect, it } from 'vitest';

describe('createTestSession where there is no page', () => {
  it('is signed in at once, refreshes, ends, and leaves nothing', async () => {
    expect('document' in globalThis).toBe(false);
    const session = createTestSession({ user: { sub: 'alice' }, idleTimeout: 600_000 });
    expect(session.getState()).toMatchObject({ status: 'signed-in', user: { sub: 'alice' } });
    session.expire();
    expect(session.backend.accepts(`Bearer ${await session.getAccessToken()}`)).toBe(true);
    expect(session.backend.calls.refresh).toBe(1);
    await session.revoke();
    expect(session.getState()).toEqual({ status: 'signed-out', reason: 'refresh-rejected' });
    session.dispose();
    expect(session.clock.pending()).toBe(0);
  });
});
