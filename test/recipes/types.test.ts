// @vitest-environment node
import { execFile } from 'node:child_process';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { writeRecipe } from './recipe.ts';

const run = promisify(execFile);
const root = join(import.meta.dirname, '../..');
/** What a page imports of the app's own. */
const OWN: Readonly<Record<string, string>> = {
  'fetch-clients/schema.ts': `export interface paths {
    '/orders/': { get: { responses: { 200: { content: { 'application/json': string[] } } } } };
  }`,
  'trpc/verify.ts': 'export declare function verify(authorization: string): Promise<string | undefined>;',
  // That a client knows its types is what some are taken for.
  'trpc/use.ts': `import { trpc } from './client.ts';
  export const orders: Promise<string[]> = trpc.orders.query();`,
  'fetch-clients/use.ts': `import { client } from './openapi.ts';
  export const orders: string[] | undefined = (await client.GET('/orders/')).data;
  // @ts-expect-error The server has no such path.
  await client.GET('/carts/');`,
};

describe('docs/recipes', () => {
  it('passes the compiler, each example as it stands, with the types of the libraries', async () => {
    const pages = (await readdir(join(root, 'docs/recipes'))).map((page) => page.replace(/\.md$/, ''));
    for (const page of pages) await writeRecipe(page, {}, `types/${page}`);
    const folder = join(root, 'test/.blocks/recipes/types');
    for (const [file, code] of Object.entries(OWN)) await writeFile(join(folder, file), code);
    const project = join(folder, 'tsconfig.json');
    const include = ['**/*.ts', '**/*.tsx'];
    await writeFile(project, JSON.stringify({ extends: '../../../tsconfig.json', include, exclude: [] }));
    const output = await run('npx', ['tsc', '--noEmit', '-p', project]).then(
      () => '',
      ({ stdout }: { readonly stdout: string }) => stdout || 'tsc said nothing, and failed.',
    );
    expect(output).toBe('');
  }, 120_000);

  it('lists every recipe in the overview', async () => {
    const pages = (await readdir(join(root, 'docs/recipes'))).filter((page) => page !== 'index.md').sort();
    const { readFile } = await import('node:fs/promises');
    const overview = await readFile(join(root, 'docs/recipes/index.md'), 'utf8');
    const listed = [...overview.matchAll(/^\|.*\]\(([\w-]+\.md)\) \|$/gm)].map(([, page]) => page).sort();
    expect(listed).toEqual(pages);
  });
});
