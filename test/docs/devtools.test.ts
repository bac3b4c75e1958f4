// @vitest-environment-options { "url": "http://localhost/" }
import type { Session } from 'latchkey';
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import { apiExample } from '../support/api-example.ts';
import { writeBlocks } from '../support/blocks.ts';

let block: Awaited<ReturnType<typeof writeBlocks>>;
let session: Session<{ username: string; password: string }>;

beforeAll(async () => {
  apiExample.listen({ onUnhandledRequest: 'error' });
  block = await writeBlocks('devtools', 'README.md', 'docs/devtools.md');
});
afterAll(() => apiExample.close());
afterEach(() => session.dispose());

it('docs/devtools.md puts a timeline into the page in development, and it follows the session', async () => {
  vi.spyOn(location, 'assign').mockImplementation(() => {});
  ({ session } = (await block('session.ts')) as { session: typeof session });
  await block('main.ts');
  const root = document.querySelector('latchkey-timeline')?.shadowRoot;
  await session.signIn({ username: 'alice', password: 'alice-pass-1' });
  const steps = [...(root?.querySelectorAll('tbody th') ?? [])].map(({ textContent }) => textContent);
  expect(steps).toEqual(expect.arrayContaining(['signed-in']));
});
