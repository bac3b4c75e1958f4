// @vitest-environment node
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const run = promisify(execFile);
const root = join(import.meta.dirname, '../..');

// A program of its own: what an app registers holds for all of a program.
it('types every hook by the session that an app registers', async () => {
  const output = await run('npx', ['tsc', '--noEmit', '-p', 'test/types/registered'], { cwd: root }).then(
    () => '',
    ({ stdout }: { readonly stdout: string }) => stdout || 'tsc said nothing, and failed.',
  );
  expect(output).toBe('');
}, 120_000);
