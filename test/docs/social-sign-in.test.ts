// @vitest-environment-options { "url": "https://app.example.com/github?code=right&state=s" }
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Session } from 'latchkey';
import { HttpResponse, http } from 'msw';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { apiExample, sent } from '../support/api-example.ts';
import { pythonOf, writeBlocks } from '../support/blocks.ts';
import { findPython } from './try-django.ts';

interface Social {
  fromGoogle(answer: { readonly credential: string }): Promise<void>;
  toGitHub(): void;
  fromGitHub(): Promise<void>;
}

const run = promisify(execFile);
let block: Awaited<ReturnType<typeof writeBlocks>>;
let session: Session;
let social: Social;
let proofs: { readonly path: string; readonly proof: unknown; readonly authorization: string | null }[] = [];

beforeAll(async () => {
  apiExample.listen({ onUnhandledRequest: 'error' });
  block = await writeBlocks('social', 'docs/index.md', 'docs/social-sign-in.md');
});
afterAll(() => apiExample.close());
beforeEach(async () => {
  vi.resetModules();
  localStorage.clear();
  sessionStorage.clear();
  sent.length = 0;
  proofs = [];
  history.replaceState(null, '', '/github?code=right&state=s');
  vi.spyOn(location, 'assign').mockImplementation(() => {});
  apiExample.use(
    http.post('https://api.example.com/auth/:provider/', async ({ request, params }) => {
      if (params.provider !== 'google' && params.provider !== 'github') return undefined;
      const authorization = request.headers.get('Authorization');
      proofs.push({ path: String(params.provider), proof: await request.json(), authorization });
      const claims = btoa(JSON.stringify({ sub: '1', exp: Date.now() / 1000 + 300 })).replace(/=+$/, '');
      return HttpResponse.json({ access: `${claims}.${claims}.x`, refresh: `${claims}.${claims}.y` });
    }),
  );
  ({ session } = (await block('session.ts')) as { session: Session });
  social = (await block('social.ts')) as unknown as Social;
});
afterEach(() => {
  session.dispose();
  apiExample.resetHandlers();
});

describe('docs/social-sign-in.md', () => {
  it("exchanges Google's proof for a session of the app's own, and ends it on the app's server", async () => {
    await social.fromGoogle({ credential: 'good' });
    expect(session.getState().status).toBe('signed-in');
    await social.fromGoogle({ credential: 'again' });
    expect(proofs.map(({ proof, authorization }) => [proof, authorization])).toEqual([
      [{ credential: 'good' }, null],
      [{ credential: 'again' }, null],
    ]);
    await session.signOut();
    expect(sent.at(-1)).toBe('POST /auth/token/blacklist/');
  });

  it('exchanges the code of GitHub that this browser asked for, and no other', async () => {
    await expect(social.fromGitHub()).rejects.toThrow('not begun here');
    expect(proofs).toEqual([]);
    social.toGitHub();
    const state = sessionStorage.getItem('github-state') ?? '';
    expect(location.assign).toHaveBeenCalledWith(expect.stringContaining(`state=${state}`));
    history.replaceState(null, '', `/github?code=right&state=${state}`);
    await social.fromGitHub();
    expect(proofs.map(({ proof }) => proof)).toEqual([
      { code: 'right', redirect_uri: 'https://app.example.com/github' },
    ]);
    expect(location.search).toBe('');
    expect(session.getState().status).toBe('signed-in');
  });
});

describe('the Django of docs/social-sign-in.md and docs/one-session.md', () => {
  let folder: string;
  let found: Record<string, unknown>;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'latchkey-social-'));
    await mkdir(join(folder, 'accounts'));
    await writeFile(join(folder, 'accounts/__init__.py'), '');
    for (const { file, code } of await pythonOf('docs/social-sign-in.md')) {
      await writeFile(join(folder, 'accounts', file), code);
    }
    const [settings] = await pythonOf('docs/one-session.md');
    await writeFile(join(folder, 'chosen.py'), settings?.code ?? '');
    const script = join(import.meta.dirname, 'social-sign-in.py');
    const { stdout } = await run(await findPython(), ['-B', script, folder]);
    found = JSON.parse(stdout);
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('gives tokens to whoever Google vouches for, makes one user of them, and refuses the others', () => {
    expect(found.google).toEqual([200, ['access', 'refresh'], 200, 1]);
    expect(found.forged).toEqual([403, 403]);
    expect(found.closed).toBe(403);
  });

  it('asks GitHub who it is, with the secret that no browser knows', () => {
    expect(found.github).toEqual([200, 403]);
    expect(found.asked).toEqual(['https://api.github.com/user', 'Bearer gho']);
    expect(found.secret).toBe(true);
  });

  it('shows what two sessions at once do, and that the settings of the page leave one', () => {
    expect(found.both).toBe('bob');
    expect(found.expired).toBe('bob');
    expect(found['signed out']).toBe('bob');
    expect(found.chosen).toEqual(['alice', 401, 401]);
  });
});
