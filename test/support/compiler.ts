import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const tests = join(import.meta.dirname, '..');

/**
 * What the compiler says of files below `test/.blocks`, as a program of their own: the empty text if it has nothing to say.
 *
 * @param folder Below `test/.blocks`.
 * @param what Which of its files: `files` or `include` of a tsconfig.json.
 */
export async function complaintsOf(
  folder: string,
  what: { readonly [list in 'files' | 'include']?: readonly string[] },
): Promise<string> {
  const target = join(tests, '.blocks', folder);
  const project = join(target, 'tsconfig.json');
  const config = { extends: relative(target, join(tests, 'tsconfig.json')), include: [], exclude: [], ...what };
  await writeFile(project, JSON.stringify(config));
  return await run('npx', ['tsc', '--noEmit', '-p', project]).then(
    () => '',
    ({ stdout }: { readonly stdout: string }) => stdout || 'tsc said nothing, and failed.',
  );
}
