// @vitest-environment node
import { expect, it } from 'vitest';

it('can be imported and called where there is no page', async () => {
  const { defineTimeline } = await import('latchkey/devtools');
  expect(() => defineTimeline()).not.toThrow();
  expect('HTMLElement' in globalThis).toBe(false);
});
