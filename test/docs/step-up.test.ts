// @vitest-environment-options { "url": "https://app.example.com/" }
import type { Session } from 'latchkey';
import { HttpResponse, http } from 'msw';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { apiExample, sent } from '../support/api-example.ts';
import { writeBlocks } from '../support/blocks.ts';

const DEMAND = 'Bearer error="insufficient_user_authentication", max_age="300"';

interface Bank {
  readonly session: Session<{ username: string; password: string }>;
  transfer(amount: number): Promise<string>;
}

let bank: Bank;
let first: string | undefined;

beforeAll(() => apiExample.listen({ onUnhandledRequest: 'error' }));
afterAll(() => apiExample.close());
beforeEach(async () => {
  vi.resetModules();
  localStorage.clear();
  const block = await writeBlocks('step-up', 'docs/step-up.md');
  bank = (await block('bank.ts')) as unknown as Bank;
  await bank.session.signIn({ username: 'alice', password: 'alice-pass-1' });
  first = `Bearer ${await bank.session.getAccessToken()}`;
  sent.length = 0;
  apiExample.use(
    http.post('https://api.example.com/api/transfer/', async ({ request }) => {
      const { amount } = (await request.json()) as { amount: number };
      const challenge = amount > 1000 ? 'Bearer error="insufficient_scope", scope="large"' : DEMAND;
      if (amount <= 1000 && request.headers.get('Authorization') !== first) return HttpResponse.json({ amount });
      const headers = { 'WWW-Authenticate': challenge, 'Access-Control-Expose-Headers': 'WWW-Authenticate' };
      return HttpResponse.json({}, { status: amount > 1000 ? 403 : 401, headers });
    }),
  );
});
afterEach(() => {
  bank.session.dispose();
  apiExample.resetHandlers();
});

const dialog = () => vi.waitFor(() => document.querySelector('dialog') ?? Promise.reject(new Error('No dialog yet.')));

describe('docs/step-up.md', () => {
  it('asks for the password, and sends the request once more (HTTP-5)', async () => {
    // Tokens are told apart by the second in which they were issued.
    const { session } = bank;
    vi.spyOn(Date, 'now').mockReturnValue(Date.now() + 2000);
    const done = bank.transfer(10);
    const form = (await dialog()).querySelector('form');
    (form?.querySelector('input') as HTMLInputElement).value = 'alice-pass-1';
    form?.dispatchEvent(new Event('submit', { cancelable: true }));

    expect(await done).toBe('Done.');
    expect(sent).toEqual([
      'POST /api/transfer/',
      'POST /auth/token/',
      'POST /auth/token/blacklist/',
      'POST /api/transfer/',
    ]);
    expect(document.querySelector('dialog')).toBeNull();
    expect(session.getState().status).toBe('signed-in');
  });

  it('says that nothing was done when the user closes the dialog (HTTP-5)', async () => {
    const done = bank.transfer(10);
    (await dialog()).dispatchEvent(new Event('cancel'));

    expect(await done).toBe('Nothing was transferred.');
    expect(sent).toEqual(['POST /api/transfer/']);
    expect(document.querySelector('dialog')).toBeNull();
  });

  it('shows what scope is missing (HTTP-2)', async () => {
    await expect(bank.transfer(5000)).rejects.toMatchObject({ status: 403 });
    expect(document.title).toBe('You may not do this (large).');
  });
});
