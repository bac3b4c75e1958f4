import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { blocksOf } from '../support/blocks.ts';

const root = join(import.meta.dirname, '../..');

/** The server that the pages name. */
export const SERVER = 'https://api.example.com';

/** The pages that a recipe is told on: its own, and the overview with `retry.ts`. */
export function pagesOf(name: string): readonly string[] {
  return ['docs/recipes/index.md', `docs/recipes/${name}.md`];
}

/**
 * Writes the blocks of a recipe where they can be imported, as a user pastes them.
 *
 * @param folder Below `test/.blocks/recipes`.
 * @param servers What stands in the place of a server that the page names; default is that server itself.
 */
export async function writeRecipe(
  name: string,
  servers: Readonly<Record<string, string>> = {},
  folder: string = name,
): Promise<(file: string) => Promise<Record<string, unknown>>> {
  const target = join(root, 'test/.blocks/recipes', folder);
  await mkdir(target, { recursive: true });
  for (const page of pagesOf(name)) {
    for (const { file, code } of await blocksOf(page)) {
      const placed = Object.entries(servers).reduce((text, [from, to]) => text.replaceAll(from, to), code);
      await writeFile(join(target, file), placed);
    }
  }
  return (file) => import(/* @vite-ignore */ join(target, file));
}
