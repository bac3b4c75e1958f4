// @vitest-environment-options { "url": "https://app.example.com/" }
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { writeBlocks } from '../support/blocks.ts';

const folder = join(import.meta.dirname, '../.blocks/testing');
const guide = await readFile(join(import.meta.dirname, '../../docs/testing.md'), 'utf8');
const blocks = [...guide.matchAll(/^```(\w+)\n\/\/ (\S+)\n([\s\S]*?)^```$/gm)].map(
  ([, language = '', file = '', code = '']) => ({ language, file, code }),
);

// What the pages of the README navigate to is not there.
beforeAll(() => {
  vi.spyOn(location, 'assign').mockImplementation(() => {});
});

// The examples are tests themselves: imported here, they are tests of this file.
await writeBlocks('testing', 'README.md', 'docs/errors.md');
await mkdir(folder, { recursive: true });
for (const { language, file, code } of blocks) {
  // Not by its own name, by which a run of all tests would find it.
  if (language === 'ts') await writeFile(join(folder, file.replace('.test.', '-test.')), code);
}
for (const { file } of blocks.filter(({ language, file }) => language === 'ts' && file.includes('.test.'))) {
  describe(`docs/testing.md: ${file}`, async () => {
    await import(/* @vite-ignore */ join(folder, file.replace('.test.', '-test.')));
  });
}

describe('docs/testing.md', () => {
  it('has examples for vitest, Jest and Playwright, and runs each', () => {
    expect(blocks.map(({ file }) => file)).toEqual([
      'greeting.ts',
      'greeting.test.ts',
      'sign-in.test.ts',
      'sso.ts',
      'sso.test.ts',
      'orders.test.js',
      'sign-in.spec.js',
    ]);
    // The last two are run by test/consumers/testing.
    expect([...guide.matchAll(/^```\w+$/gm)]).toHaveLength(blocks.length);
  });
});
