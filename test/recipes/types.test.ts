import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { complaintsOf } from '../support/compiler.ts';
import { writeRecipe } from './recipe.ts';

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
    expect(await complaintsOf('recipes/types', { include: ['**/*.ts', '**/*.tsx'] })).toBe('');
  }, 120_000);

  it('lists every recipe in the overview', async () => {
    const pages = (await readdir(join(root, 'docs/recipes'))).filter((page) => page !== 'index.md').sort();
    const { readFile } = await import('node:fs/promises');
    const overview = await readFile(join(root, 'docs/recipes/index.md'), 'utf8');
    const listed = [...overview.matchAll(/^\|.*\]\(([\w-]+\.md)\) \|$/gm)].map(([, page]) => page).sort();
    expect(listed).toEqual(pages);
  });
});
