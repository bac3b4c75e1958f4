import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { compileScript, parse } from 'vue/compiler-sfc';

/** Compiles the components of a folder, as a bundler would, so that the modules beside them can import them. */
export async function compileSfcs(folder: string): Promise<void> {
  for (const file of await readdir(folder)) {
    const path = join(folder, file);
    const source = await readFile(path, 'utf8');
    const code = file.endsWith('.vue') ? compile(file, source) : source;
    const target = file.endsWith('.vue') ? `${path}.ts` : path;
    if (target.endsWith('.ts')) await writeFile(target, code.replace(/(from '\.\/[\w-]+\.vue)'/g, "$1.ts'"));
  }
}

function compile(filename: string, source: string): string {
  const { descriptor, errors } = parse(source, { filename });
  const [error] = errors;
  if (error) throw error;
  const { content } = compileScript(descriptor, { id: filename, inlineTemplate: true });
  return content;
}
