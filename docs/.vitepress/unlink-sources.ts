import { posix } from 'node:path';
import type { MarkdownRenderer } from 'vitepress';

/**
 * A link from a page to the sources, such as `../test/model`, leads somewhere in the repository and nowhere on the site:
 * here its words stay, without the link.
 */
export function unlinkSources(markdown: MarkdownRenderer): void {
  markdown.core.ruler.push('unlink-sources', ({ tokens, env }) => {
    for (const { children } of tokens) {
      let isOutside = false;
      for (const token of children ?? []) {
        if (token.type === 'link_open') isOutside = leavesDocs(String(token.attrGet('href')), env.relativePath ?? '');
        if (isOutside && token.type.startsWith('link_')) {
          token.type = 'text';
          token.content = '';
          token.nesting = 0;
        }
      }
    }
  });
}

function leavesDocs(href: string, page: string): boolean {
  return !/^[a-z]+:|^[/#]/i.test(href) && posix.join(posix.dirname(page), href).startsWith('..');
}
