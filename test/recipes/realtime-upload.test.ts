// @vitest-environment node
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FileStore } from '@tus/file-store';
import { Server } from '@tus/server';
import type { Session } from 'latchkey';
import { defaultOptions, type PreviousUpload, type UrlStorage } from 'tus-js-client';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { ALICE, BOB } from './api.ts';
import { type ApiServer, startApi } from './api-server.ts';
import { standAsPage } from './node-page.ts';
import { SERVER, writeRecipe } from './recipe.ts';

const CONTENT = Buffer.alloc(50_000, 'latchkey ');
/** What a page would have: tus takes a Buffer in Node. */
const file = Object.assign(CONTENT, { name: 'a.bin', size: CONTENT.length, lastModified: 1 });

let api: ApiServer;
let tus: Server;
let directory: string;
let block: Awaited<ReturnType<typeof writeRecipe>>;
let session: Session<typeof ALICE>;
let upload: (file: unknown, userId: string) => Promise<string>;
/** Called before each request is looked at. */
let onRequest: (line: string) => void;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'latchkey-uploads-'));
  api = await startApi({}, (request, response) => {
    if (!request.url?.startsWith('/files/')) return false;
    onRequest(request.method ?? '');
    void tus.handle(request, response);
    return true;
  });
  tus = new Server({
    path: '/files',
    datastore: new FileStore({ directory }),
    async onIncomingRequest(request) {
      const authorization = request.headers.get('Authorization') ?? '';
      if (!api.auth.userOf(new Request(api.origin, { headers: { authorization } }))) {
        throw { status_code: 401, body: 'no' };
      }
    },
  });
  // Small, so that one upload is many requests.
  block = await writeRecipe('realtime', { [SERVER]: api.origin, '8 * 2 ** 20': '10_000' }, 'realtime-upload');
});
afterAll(async () => {
  await api.close();
  await rm(directory, { recursive: true });
});
beforeEach(async () => {
  standAsPage();
  vi.spyOn(defaultOptions, 'urlStorage', 'get').mockReturnValue(createUrlStorage());
  vi.resetModules();
  api.auth.reset();
  api.received.length = 0;
  onRequest = () => {};
  ({ session } = (await block('session.ts')) as { session: typeof session });
  ({ upload } = (await block('upload.ts')) as { upload: typeof upload });
  await session.signIn(ALICE);
});
afterEach(() => session.dispose());

/** That of a page, which Node has not. */
function createUrlStorage(): UrlStorage {
  const kept = new Map<string, PreviousUpload>();
  return {
    findAllUploads: async () => [...kept.values()],
    findUploadsByFingerprint: async (print) =>
      [...kept.entries()].flatMap(([key, one]) => (key === print ? [one] : [])),
    removeUpload: async (key) => void kept.delete(key),
    addUpload: async (print, one) => {
      kept.set(print, { ...one, urlStorageKey: print });
      return print;
    },
  };
}

const lines = (): string[] => api.received.map(({ line, status }) => `${line.split(' ')[0]} ${status}`);
const stored = (url: string): Promise<Buffer> => readFile(join(directory, url.split('/').at(-1) ?? ''));

describe('docs/recipes/realtime.md: resumable uploads', () => {
  it('goes on with a fresh token when the old one dies in the middle, and loses nothing', async () => {
    let patches = 0;
    onRequest = (method) => {
      if (method === 'PATCH') patches += 1;
      if (method === 'PATCH' && patches === 3) api.auth.expireAll();
    };
    const url = await upload(file, 'alice');
    expect((await stored(url)).equals(CONTENT)).toBe(true);
    expect(api.auth.calls.refresh).toBe(1);
    expect(lines()).toEqual([
      'POST 201',
      ...['PATCH 204', 'PATCH 204', 'PATCH 401', 'HEAD 200', 'PATCH 204', 'PATCH 204', 'PATCH 204'],
    ]);
  });

  it('does not take a dead token for an upload that is gone', async () => {
    let seen = 0;
    onRequest = () => {
      seen += 1;
      // Of the chunk, and of the question how far it came.
      if (seen === 3 || seen === 4) api.auth.expireAll();
    };
    const url = await upload(file, 'alice');
    expect((await stored(url)).equals(CONTENT)).toBe(true);
    expect(lines().filter((line) => line.startsWith('POST'))).toEqual(['POST 201']);
    expect(lines().filter((line) => line.endsWith('401'))).toEqual(['PATCH 401', 'HEAD 401']);
    expect(api.auth.calls.refresh).toBe(2);
  });

  it('stops when the user signs out, goes on for them later, and never for another user', async () => {
    let patches = 0;
    onRequest = (method) => {
      if (method === 'PATCH') patches += 1;
      if (method === 'PATCH' && patches === 3) void session.signOut();
    };
    await expect(upload(file, 'alice')).rejects.toMatchObject({ code: 'signed-out', reason: 'user' });
    onRequest = () => {};
    await session.signIn(BOB);
    api.received.length = 0;
    const theirs = await upload(file, 'bob');
    expect(lines()[0]).toBe('POST 201');
    await session.signIn(ALICE);
    api.received.length = 0;
    const hers = await upload(file, 'alice');
    expect(lines()[0]).toBe('HEAD 200');
    expect(hers).not.toBe(theirs);
    expect((await stored(hers)).equals(CONTENT)).toBe(true);
  });

  it('gives up what the server refuses for good', async () => {
    vi.spyOn(tus.datastore, 'create').mockRejectedValue({ status_code: 413, body: 'too large' });
    await expect(upload(file, 'alice')).rejects.toMatchObject({ originalResponse: expect.anything() });
    expect(lines()).toEqual(['POST 413']);
  });
});
