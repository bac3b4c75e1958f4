import { afterEach, beforeEach, expect, type MockInstance, vi } from 'vitest';

/** Lets a test fail on what React says in the console: a hydration that does not match, a snapshot that is not cached. */
export function expectNoComplaints(): { forgive(): void } {
  let complaints: MockInstance<(...words: unknown[]) => void>;
  beforeEach(() => {
    complaints = vi.spyOn(console, 'error').mockImplementation(() => {});
  });
  afterEach(() => expect(complaints.mock.calls).toEqual([]));
  // React reports an error of a component there even where somebody catches it.
  return { forgive: () => complaints.mockClear() };
}
