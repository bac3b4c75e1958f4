import { customStore, type SessionRecord } from 'latchkey';
import { describe, expect, it } from 'vitest';
import { ALICE, createWorld } from '../support/world.ts';

/** A vault that answers when it likes, and tells when somebody else changed it. */
function createVault() {
  const vault = {
    stored: undefined as SessionRecord | undefined,
    listeners: new Set<() => void>(),
    names: [] as string[],
  };
  return Object.assign(vault, {
    async load(this: typeof vault, name: string) {
      this.names.push(name);
      return this.stored;
    },
    async save(this: typeof vault, _: string, record: SessionRecord) {
      this.stored = structuredClone(record);
    },
    async clear(this: typeof vault) {
      this.stored = undefined;
    },
    subscribe(this: typeof vault, _: string, listener: () => void) {
      this.listeners.add(listener);
      return () => this.listeners.delete(listener);
    },
  });
}

describe('customStore', () => {
  it('calls its functions as methods of the object that it was given, with the name of the session', async () => {
    const vault = createVault();
    const { session } = createWorld({ store: customStore(vault), name: 'admin' });
    await session.signIn(ALICE);
    expect(vault.stored).toMatchObject({ subject: 'alice', generation: 1 });
    expect(vault.names).toEqual(['admin']);
    await session.signOut();
    expect(vault.stored).toBeUndefined();
  });

  it('gives its record to the next page', async () => {
    const vault = createVault();
    const first = createWorld({ store: customStore(vault) }).session;
    await first.signIn(ALICE);
    const token = await first.getAccessToken();
    const second = createWorld({ store: customStore(vault) }).session;
    await second.ready;
    expect(await second.getAccessToken()).toBe(token);
  });

  it('ends the session when its own listener tells that it was emptied, and listens no longer once disposed (C40)', async () => {
    const vault = createVault();
    const { session, events, clock } = createWorld({ store: customStore(vault) });
    await session.signIn(ALICE);
    vault.stored = undefined;
    for (const listener of vault.listeners) listener();
    await clock.advance(300);
    expect(events).toEqual(['signed-in', 'signed-out:storage-cleared']);
    session.dispose();
    expect(vault.listeners.size).toBe(0);
  });

  it('keeps the session of a save that failed once, and saves it with the next refresh (S1)', async () => {
    const vault = createVault();
    const { session, events } = createWorld({ store: customStore(vault) });
    await session.signIn(ALICE);
    const { save } = vault;
    vault.save = () => Promise.reject(new Error('full'));
    await session.refresh();
    expect(vault.stored?.generation).toBe(1);
    vault.save = save;
    await session.refresh();
    expect(vault.stored?.generation).toBe(3);
    expect(events).toEqual(['signed-in', 'diagnostic:store-failed', 'refreshed', 'refreshed']);
  });

  it.each(['load', 'save', 'clear'] as const)('refuses to be made without %s', (method) => {
    const functions = { load() {}, save() {}, clear() {}, [method]: undefined };
    expect(() => customStore(functions as never)).toThrow(`customStore: ${method} must be a function`);
    expect(() => customStore(undefined as never)).toThrow(TypeError);
  });
});
