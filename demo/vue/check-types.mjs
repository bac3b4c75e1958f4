// @ts-check
// Checks the types of the components, templates included, which need a TypeScript that has an API: `node demo/vue/check-types.mjs`.
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { run } from 'vue-tsc';

const templates = createRequire(new URL('../../test/frameworks/templates/package.json', import.meta.url));

process.argv.push('--noEmit', '-p', fileURLToPath(new URL('tsconfig.json', import.meta.url)));
run(templates.resolve('typescript/lib/tsc'));
