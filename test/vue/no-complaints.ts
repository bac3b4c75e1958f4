import { afterEach, beforeEach, expect, type MockInstance, vi } from 'vitest';

/** Lets a test fail on what Vue says in the console: a hydration that does not match, a hook that is called too late. */
export function expectNoComplaints(): { take(): string } {
  let spies: MockInstance<(...words: unknown[]) => void>[] = [];
  const all = (): unknown[][] => spies.flatMap(({ mock }) => mock.calls);
  beforeEach(() => {
    // There it says that Suspense is new.
    vi.spyOn(console, 'info').mockImplementation(() => {});
    spies = [vi.spyOn(console, 'warn'), vi.spyOn(console, 'error')].map((spy) => spy.mockImplementation(() => {}));
  });
  afterEach(() => expect(all()).toEqual([]));
  return {
    /** Gives what was said so far, where a test means it to be said, and forgives it. */
    take() {
      const said = all().join('\n');
      for (const spy of spies) spy.mockClear();
      return said;
    },
  };
}
