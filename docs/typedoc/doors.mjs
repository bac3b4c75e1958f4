// @ts-check
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { Comment, Converter, ReflectionKind } from 'typedoc';

const manifest = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));

/** The doors of the package, read from its exports: the file in `src` → what a user imports. */
const doors = new Map(
  Object.entries(manifest.exports).flatMap(([path, target]) => {
    const built = /^\.\/dist\/(.+)\.js$/.exec(target.default ?? '')?.[1];
    return built === undefined ? [] : [[built, `latchkey${path.slice(1)}`]];
  }),
);

/** What each door is for, in a sentence. */
const SAYS = {
  latchkey: 'The session, the stores, the errors, and what a backend is.',
  'latchkey/axios': 'Takes a session to an axios instance that you have.',
  'latchkey/fetch': 'Makes a `fetch` that carries the token.',
  'latchkey/backends': 'One preset for each kind of server.',
  'latchkey/oauth2': 'Sign-in by redirect: OAuth 2.0 and OpenID Connect.',
  'latchkey/react': 'A provider and three hooks.',
  'latchkey/vue': 'A plugin and three composables.',
  'latchkey/angular': 'A provider, an interceptor, a guard and signals.',
  'latchkey/testing': 'A session, a clock and a backend for tests, and the contracts of your own parts.',
  'latchkey/testing/msw': 'A whole authorization server in memory, for msw.',
};

/**
 * A plugin of TypeDoc: its pages are the doors of the package, each called what a user imports.
 *
 * @param {import('typedoc').Application} app
 */
export function load(app) {
  app.on('bootstrapEnd', () => {
    app.options.setValue(
      'entryPoints',
      [...doors.keys()].map((door) => new URL(`../../src/${door}.ts`, import.meta.url).pathname),
    );
  });
  app.converter.on(Converter.EVENT_CREATE_DECLARATION, (_, reflection) => {
    if (!reflection.kindOf(ReflectionKind.Module)) return;
    // TypeDoc calls `src/index.ts` by its folder.
    const door = reflection.name === 'src' ? 'index' : basename(reflection.name);
    reflection.name = doors.get(door) ?? reflection.name;
    const says = SAYS[/** @type {keyof typeof SAYS} */ (reflection.name)];
    if (says) reflection.comment = new Comment([{ kind: 'text', text: says }]);
  });
}
