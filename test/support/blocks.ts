import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const root = join(import.meta.dirname, '../..');

/** A code block of a page, as the file that its first line names. */
export interface Block {
  readonly file: string;
  readonly code: string;
}

/** The code blocks of a page that name a file in their first line, such as `// session.ts` or `<!-- sign-in.vue -->`. */
export async function blocksOf(page: string): Promise<readonly Block[]> {
  const text = await readFile(join(root, page), 'utf8');
  const blocks = [...text.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)];
  return blocks.flatMap(([, language, code = '']) => {
    if (language === 'sh' || language === 'python') return [];
    const file = /^(?:\/\/|<!--) ([\w.-]+\.(?:tsx?|js|vue|svelte|html))(?: -->)?$/m.exec(code)?.[1];
    if (file === undefined) throw new Error(`A ${language} block of ${page} does not name its file, so it cannot run.`);
    return [{ file, code }];
  });
}

/** The Python of a page, by the file that each block names in its first line, such as `# views.py`. */
export async function pythonOf(page: string): Promise<readonly Block[]> {
  const text = await readFile(join(root, page), 'utf8');
  return [...text.matchAll(/^```python\n# ([\w-]+\.py)\n([\s\S]*?)^```$/gm)].map(([, file = '', code = '']) => ({
    file,
    code,
  }));
}

/** Writes the blocks of pages where they can be imported and find each other; a later page may use those of an earlier one. */
export async function writeBlocks(
  folder: string,
  ...pages: readonly string[]
): Promise<(file: string) => Promise<Record<string, unknown>>> {
  // Below the tests, so that it is compiled as they are.
  const target = join(root, 'test/.blocks', folder);
  await mkdir(target, { recursive: true });
  for (const page of pages) {
    for (const { file, code } of await blocksOf(page)) await writeFile(join(target, file), code);
  }
  return (file) => import(/* @vite-ignore */ join(target, file));
}
