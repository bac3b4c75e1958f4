// @ts-check
// Checks the types of the templates, which needs a TypeScript that has an API: `node demo/angular/check-types.mjs`.
import { stderr } from 'node:process';
import { fileURLToPath } from 'node:url';

const compiler = '../../test/frameworks/templates/node_modules/@angular/compiler-cli/bundles/index.js';
const { formatDiagnostics, performCompilation, readConfiguration } = await import(compiler);

const config = readConfiguration(fileURLToPath(new URL('tsconfig.json', import.meta.url)), { noEmit: true });
const { diagnostics } = performCompilation(config);
const found = [...config.errors, ...diagnostics];
stderr.write(formatDiagnostics(found));
process.exitCode = found.length ? 1 : 0;
