import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LocalServer } from '../../backends/local-server.ts';
import { launchChromium, openPage } from '../../browsers/chromium.ts';
import { BUNDLERS } from '../bundlers.ts';
import { startShop } from '../shop-server.ts';

/** What an app that fetches has no use for. */
const OTHERS =
  /node_modules\/(?:axios|react|vue|@vue|@angular|rxjs|oauth4webapi|msw)\/|latchkey\/dist\/(?:react|vue|angular|devtools|testing|oauth2|transports\/axios)/;

const DOORS = ['', '/axios', '/fetch', '/backends'];

/** An app in a browser, made by each bundler, or by none. */
export function bundlers(app: () => string): void {
  describe('an app in a browser', () => {
    let shop: LocalServer;
    let browser: Browser;
    beforeAll(async () => {
      await cp(join(import.meta.dirname, '../apps/shop'), app(), { recursive: true });
      shop = await startShop(app());
      browser = await launchChromium();
    });
    afterAll(async () => {
      await browser?.close();
      await shop?.close();
    });

    /** Opens a page with this in its head, and waits until it greets the user. */
    async function greets(head: string): Promise<void> {
      shop.got.length = 0;
      const { context, page, errors } = await openPage(browser, `${shop.url}/page?${encodeURIComponent(head)}`);
      await page.getByText('Hello alice').waitFor();
      expect(errors).toEqual([]);
      expect(
        shop.got.flatMap(({ method, path }) => (/^\/(?:auth|api)\//.test(path) ? [`${method} ${path}`] : [])),
      ).toEqual(['POST /auth/token/', 'GET /api/me/']);
      await context.close();
    }

    it.each(Object.entries(BUNDLERS))(
      'is made by %s of what it uses, without a warning, and runs',
      async (name, bundle) => {
        const folder = `made/fetch-${name.replace(' ', '-')}`;
        const { modules, script, warnings } = await bundle(app(), 'fetch.js', join(app(), folder));
        expect(warnings).toEqual([]);
        expect(modules).toContainEqual(expect.stringMatching(/latchkey\/dist\/transports\/fetch\.js$/));
        expect(modules.filter((path) => OTHERS.test(path))).toEqual([]);
        await greets(`<script type="module" src="/${folder}/${script}"></script>`);
      },
      60_000,
    );

    // Rollup by itself knows nothing of packages that are another one in a browser, as axios is.
    it.each(Object.entries(BUNDLERS).filter(([name]) => name !== 'Rollup 4'))(
      'is made by %s with axios, without a warning, and runs',
      async (name, bundle) => {
        const folder = `made/axios-${name.replace(' ', '-')}`;
        const { modules, script, warnings } = await bundle(app(), 'axios.js', join(app(), folder));
        expect(warnings).toEqual([]);
        expect(modules).toContainEqual(expect.stringMatching(/latchkey\/dist\/transports\/axios\.js$/));
        expect(modules.filter((path) => /latchkey\/dist\/transports\/fetch\.js/.test(path))).toEqual([]);
        await greets(`<script type="module" src="/${folder}/${script}"></script>`);
      },
      60_000,
    );

    it('needs no bundler: an import map names the doors, and what they import', async () => {
      const door = (name: string): [string, string] => [
        `latchkey${name}`,
        `/node_modules/latchkey/dist${name || '/index'}.js`,
      ];
      const imports = {
        ...Object.fromEntries(DOORS.map(door)),
        'jwt-decode': '/node_modules/jwt-decode/build/esm/index.js',
        mitt: '/node_modules/mitt/dist/mitt.mjs',
        axios: '/node_modules/axios/dist/esm/axios.js',
      };
      for (const file of ['fetch.js', 'axios.js']) {
        await greets(
          `<script type="importmap">${JSON.stringify({ imports })}</script><script type="module" src="/${file}"></script>`,
        );
      }
    }, 60_000);
  });
}
