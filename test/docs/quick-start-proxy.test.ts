// @vitest-environment node
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer } from 'vite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { blocksOf } from '../support/blocks.ts';
import { startTryDjango, type TryDjango } from './try-django.ts';

const root = join(import.meta.dirname, '../..');
let django: TryDjango;
let app: string;

beforeAll(async () => {
  django = await startTryDjango();
  app = await mkdtemp(join(tmpdir(), 'latchkey-quick-'));
  await symlink(join(root, 'node_modules'), join(app, 'node_modules'));
});
afterAll(async () => {
  await django?.stop();
  await rm(app, { recursive: true, force: true });
});

describe.each(['plain', 'react', 'vue'])('docs/quick-start/%s.md', (name) => {
  it('hands on to Django whatever begins with /api', async () => {
    const blocks = await blocksOf(`docs/quick-start/${name}.md`);
    const config = blocks.find(({ file }) => file === 'vite.config.ts')?.code ?? '';
    expect(config).toContain('http://127.0.0.1:8000');
    const configFile = join(app, `${name}.config.ts`);
    await writeFile(configFile, config.replace('127.0.0.1:8000', `127.0.0.1:${django.port}`));
    const vite = await createServer({
      root: app,
      configFile,
      logLevel: 'error',
      server: { port: 0, host: '127.0.0.1' },
    });
    try {
      await vite.listen();
      const url = vite.resolvedUrls?.local[0] ?? '';
      const answer = await fetch(`${url}api/me/`);
      expect(answer.status).toBe(401);
      expect(await answer.json()).toEqual({ detail: 'Authentication credentials were not provided.' });
    } finally {
      await vite.close();
    }
  });
});
