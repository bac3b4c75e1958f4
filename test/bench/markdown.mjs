import { readFile, writeFile } from 'node:fs/promises';

const page = new URL('../../docs/numbers.md', import.meta.url);

/**
 * Puts a text between two marks of docs/numbers.md: `<!-- name -->` and `<!-- end of name -->`.
 *
 * @throws {Error} when the marks are not there.
 */
export async function writeSection(name, text) {
  const whole = await readFile(page, 'utf8');
  const [start, end] = [`<!-- ${name} -->`, `<!-- end of ${name} -->`];
  const [from, to] = [whole.indexOf(start), whole.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`docs/numbers.md has no marks for ${name}.`);
  await writeFile(page, `${whole.slice(0, from + start.length)}\n\n${text}\n\n${whole.slice(to)}`);
}

/** A table: the first column to the left, all others to the right. */
export function tableOf(head, rows) {
  const line = (cells) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map((_, column) => (column === 0 ? '---' : '--:'))), ...rows.map(line)].join('\n');
}
