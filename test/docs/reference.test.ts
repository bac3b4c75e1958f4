// @vitest-environment-options { "url": "https://app.example.com/" }
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as latchkey from 'latchkey';
import {
  AuthUnavailableError,
  createSession,
  isAuthError,
  type Session,
  SignedOutError,
  type TokenStore,
} from 'latchkey';
import { HttpResponse, http } from 'msw';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { apiExample, sent } from '../support/api-example.ts';
import { writeBlocks } from '../support/blocks.ts';

type Block = Awaited<ReturnType<typeof writeBlocks>>;
const ALICE = { username: 'alice', password: 'alice-pass-1' };
const root = join(import.meta.dirname, '../..');

let sessions: Session<typeof ALICE>[] = [];
beforeAll(() => apiExample.listen({ onUnhandledRequest: 'error' }));
afterAll(() => apiExample.close());
beforeEach(() => {
  sent.length = 0;
  localStorage.clear();
  vi.resetModules();
  vi.spyOn(location, 'assign').mockImplementation(() => {});
});
afterEach(() => {
  apiExample.resetHandlers();
  for (const session of sessions) session.dispose();
  sessions = [];
});

async function sessionOf(block: Block): Promise<Session<typeof ALICE>> {
  const { session } = (await block('session.ts')) as { session: Session<typeof ALICE> };
  sessions.push(session);
  return session;
}

/** The first column of the tables below a heading of a page, or of all its tables, without heads and the marks of code. */
async function firstColumn(page: string, heading = ''): Promise<readonly string[]> {
  const text = await readFile(join(root, page), 'utf8');
  const below = heading === '' ? text : (text.split(`## ${heading}\n`)[1]?.split(/^## /m)[0] ?? '');
  return [...below.replace(/^.*\n\| -.*$/gm, '').matchAll(/^\| `([^`]+)`/gm)].map(([, cell = '']) => cell).sort();
}

/** The members of a union of strings, as its declaration writes them. */
async function unionOf(file: string, name: string): Promise<readonly string[]> {
  const source = await readFile(join(root, 'src', file), 'utf8');
  const declared = new RegExp(`export type ${name} =([^;]*);`).exec(source)?.[1] ?? '';
  return [...declared.matchAll(/'([\w-]+)'/g)].map(([, member = '']) => member).sort();
}

describe('docs/index.md', () => {
  it('signs in, asks who it is, and signs out', async () => {
    const block = await writeBlocks('index', 'docs/index.md');
    await sessionOf(block);
    await block('app.ts');
    expect(sent).toEqual(['POST /auth/token/', 'GET /api/me/', 'POST /auth/token/blacklist/']);
    expect(location.assign).toHaveBeenCalledWith('/signin?why=user');
  });
});

describe('docs/errors.md', () => {
  let block: Block;
  beforeAll(async () => {
    block = await writeBlocks('errors', 'docs/index.md', 'docs/errors.md');
  });

  it('has every code of an error, each with its class', async () => {
    const codes = await unionOf('errors.ts', 'AuthErrorCode');
    expect(codes).toHaveLength(8);
    expect(await firstColumn('docs/errors.md')).toEqual(codes);
    const text = await readFile(join(root, 'docs/errors.md'), 'utf8');
    const classes = new Map<string, unknown>(Object.entries(latchkey));
    for (const [, code = '', name = ''] of text.matchAll(/^\| `([\w-]+)` \| `(\w+)`/gm)) {
      const Kind = classes.get(name) as unknown as new (...given: never[]) => latchkey.AuthError;
      expect(new Kind().code).toBe(code);
    }
  });

  it('has a sentence for each, and lets the errors of others through', async () => {
    const { explain } = (await block('explain.ts')) as { explain: (error: unknown) => string };
    const session = await sessionOf(block);
    const rejected = await session.signIn({ ...ALICE, password: 'no' }).catch((error: unknown) => error);
    expect(explain(rejected)).toBe('No active account found with the given credentials');
    const { AuthError } = await import('latchkey');
    for (const code of (await unionOf('errors.ts', 'AuthErrorCode')) as latchkey.AuthErrorCode[]) {
      expect(explain(new AuthError(code, ''))).toEqual(expect.any(String));
    }
    expect(explain(new SignedOutError('user'))).toBe('');
    expect(explain(new AuthUnavailableError(''))).toMatch('cannot reach');
    expect(() => explain(new RangeError('mine'))).toThrow('mine');
  });

  it('tells in a form what went wrong', async () => {
    const { submit } = (await block('form.ts')) as { submit: (name: string, word: string) => Promise<string> };
    await sessionOf(block);
    expect(await submit('alice', 'no')).toBe('No active account found with the given credentials');
    expect(await submit('alice', 'alice-pass-1')).toBe('Welcome.');
    apiExample.use(http.post('https://api.example.com/auth/token/', () => HttpResponse.error()));
    expect(await submit('alice', 'alice-pass-1')).toBe('The server cannot be reached; try again later.');
  });

  it('lets a query library try again what is not ours', async () => {
    const { retry } = (await block('retry.ts')) as { retry: (failures: number, error: unknown) => boolean };
    const ours = new SignedOutError();
    expect(isAuthError(ours)).toBe(true);
    expect([retry(0, ours), retry(0, new Error('500')), retry(3, new Error('500'))]).toEqual([false, true, false]);
  });
});

describe('docs/events.md', () => {
  it('has every event, with what it carries', async () => {
    const source = await readFile(join(root, 'src/session/emitter.ts'), 'utf8');
    const declared = /export type SessionEvents<User> = \{([\s\S]*?)^\};/m.exec(source)?.[1] ?? '';
    const events = [...declared.matchAll(/^ {2}'?([\w-]+)'?: (\{.*\});/gm)];
    expect(events).toHaveLength(7);
    const heading = 'What a session tells';
    expect(await firstColumn('docs/events.md', heading)).toEqual(events.map(([, name = '']) => name).sort());
    const text = await readFile(join(root, 'docs/events.md'), 'utf8');
    for (const [, name = '', members = ''] of events) {
      const fields = [...members.matchAll(/readonly (\w+):/g)].map(([, field = '']) => `\`${field}\``);
      expect(text).toContain(`| \`${name}\` | ${fields.join(', ')} |`);
    }
  });

  it('has every reason for which a session ends, and every diagnostic', async () => {
    const reasons = await unionOf('errors.ts', 'SignOutReason');
    expect(reasons).toHaveLength(10);
    expect(await firstColumn('docs/events.md', 'Why a session ended')).toEqual(reasons);
    const codes = await unionOf('session/emitter.ts', 'DiagnosticCode');
    expect(codes).toHaveLength(13);
    expect(await firstColumn('docs/events.md', 'Something to mend')).toEqual(codes);
  });

  it('has every state', async () => {
    const source = await readFile(join(root, 'src/session/state.ts'), 'utf8');
    const states = new Set([...source.matchAll(/readonly status: '([\w-]+)'/g)].map(([, status = '']) => status));
    expect(states.size).toBe(3);
    expect(new Set(await firstColumn('docs/events.md', 'The state'))).toEqual(states);
  });

  it('says what happens', async () => {
    const block = await writeBlocks('events', 'docs/index.md', 'docs/events.md');
    const session = await sessionOf(block);
    await block('events.ts');
    await session.signIn(ALICE);
    expect(document.title).toBe('Welcome.');
    await session.signOut();
    expect(document.title).toBe('Signed out: user.');
  });
});

describe('docs/stores.md', () => {
  it('has every store, and no other', async () => {
    const stores = Object.keys(latchkey).filter((name) => name.endsWith('Store'));
    expect(stores).toHaveLength(7);
    const listed = (await firstColumn('docs/stores.md')).map((cell) => cell.replace(/\(.*/, ''));
    expect(listed).toEqual(stores.sort());
  });

  it('makes stores that a session takes', async () => {
    const block = await writeBlocks('stores', 'docs/stores.md');
    const stores = (await block('stores.ts')) as Record<string, TokenStore>;
    expect(Object.keys(stores).sort()).toEqual(['asked', 'kept', 'readable']);
    const { simpleJwt } = await import('latchkey/backends');
    const backend = simpleJwt({ baseUrl: 'https://api.example.com/auth' });
    for (const [name, store] of Object.entries(stores)) {
      const session = createSession({ backend, store, name });
      sessions.push(session);
      await session.signIn(ALICE);
      expect(store.load(name)).toBeTypeOf('string');
    }
  });
});
