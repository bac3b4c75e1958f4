// @vitest-environment node
import { access, readdir, readFile } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { describe, expect, it } from 'vitest';
import { sidebar } from '../../docs/.vitepress/sidebar.ts';
import { blocksOf } from '../support/blocks.ts';

const root = join(import.meta.dirname, '../..');
const docs = join(root, 'docs');

/** The pages that people write; those in `api/` are generated when the site is built. */
const pages = (await readdir(docs, { recursive: true }))
  .map((file) => file.replaceAll('\\', '/'))
  .filter((file) => file.endsWith('.md') && !/(?:^|\/)(?:node_modules|api|\.vitepress)\//.test(file))
  .sort();
const texts = new Map(
  await Promise.all(pages.map(async (page) => [page, await readFile(join(docs, page), 'utf8')] as const)),
);
const { exports } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as {
  exports: Record<string, unknown>;
};
const doors = Object.keys(exports).flatMap((path) => (path.endsWith('.json') ? [] : [`latchkey${path.slice(1)}`]));

/** The anchors of a page, as GitHub and VitePress agree on them. */
function anchorsOf(page: string): readonly string[] {
  const prose = (texts.get(page) ?? '').replace(/^```[\s\S]*?^```$/gm, '');
  return [...prose.matchAll(/^#{1,6} (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

/** The links of a page within the repository, in its prose. */
function linksOf(page: string): readonly string[] {
  const prose = (texts.get(page) ?? '').replace(/^```[\s\S]*?^```$/gm, '').replace(/`[^`]*`/g, '`');
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map(([, href = '']) => href).filter((href) => !/^[a-z]+:/.test(href));
}

describe('the site', () => {
  it('has every page in its sidebar, and nothing else', () => {
    const listed = sidebar
      .flatMap(({ items }) => items.map(({ link }) => link.replace(/\/$/, '/index').slice(1)))
      .map((link) => `${link}.md`)
      .sort();
    const generated = ['latchkey', ...doors].map((door) => `api/${door}.md`).filter((page) => listed.includes(page));
    expect(listed.filter((page) => !page.startsWith('api/'))).toEqual(pages.filter((page) => page !== 'index.md'));
    expect(new Set(generated)).toEqual(new Set(doors.map((door) => `api/${door}.md`)));
  });

  it.each(pages)('links to what exists, down to the heading (%s)', async (page) => {
    for (const link of linksOf(page)) {
      const [path = '', anchor] = link.split('#');
      const target = path === '' ? page : posix.normalize(posix.join(posix.dirname(page), path));
      if (target.startsWith('api/')) expect(doors.map((door) => `api/${door}.md`)).toContain(target);
      else await expect(access(join(docs, target)), link).resolves.toBeUndefined();
      if (texts.has(target) && anchor !== undefined) expect(anchorsOf(target), link).toContain(anchor);
    }
  });

  it('needs nobody to have the README: no page of it leads there', () => {
    const leading = pages.filter((page) => linksOf(page).some((link) => /(?:^|\/)README\.md/.test(link)));
    expect(leading).toEqual([]);
  });

  it.each([['docs/index.md', ['session.ts', 'app.ts']]] as const)(
    'says what the README says where it shows the same file (%s)',
    async (page, files) => {
      const readme = await blocksOf('README.md');
      const blocks = await blocksOf(page);
      for (const file of files) {
        const block = blocks.find((one) => one.file === file);
        expect(block).toBeDefined();
        expect(block).toEqual(readme.find((one) => one.file === file));
      }
    },
  );

  it('calls each page one thing: it begins with its one heading', () => {
    for (const [page, text] of texts) {
      if (page === 'index.md') continue;
      const prose = text.replace(/^```[\s\S]*?^```$/gm, '');
      expect(prose.match(/^# /gm), page).toHaveLength(1);
      expect(text.startsWith('# '), page).toBe(true);
    }
  });
});
