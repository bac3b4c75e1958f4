/**
 * Releases in two steps, so that what is published is a commit that everybody could look at before:
 *
 *   node .ci/release.mjs prepare <patch|minor|major|x.y.z>   raises the version and dates the changelog; commit that and have it land
 *   node .ci/release.mjs publish [--dry-run]                 checks, packs, publishes with provenance, tags, pushes the tag
 *
 * The second is for a workflow that npm trusts: it proves to the registry from which commit the package was made, and needs no
 * token. A dry run does everything but publish, tag and push; what only the moment of a release can bring is then said, and no error.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const [step, ...rest] = process.argv.slice(2);
try {
  if (step === 'prepare' && rest.length === 1) prepare(rest[0]);
  else if (step === 'publish' && rest.every((word) => word === '--dry-run')) publish(rest.length > 0);
  else throw new Error('Say what: prepare <patch|minor|major|x.y.z>, or publish [--dry-run].');
} catch (error) {
  process.exitCode = 1;
  say(`Stopped: ${error.message}`);
}

/** Makes of what is unreleased the next version. */
function prepare(bump) {
  if (!isClean()) throw new Error('there are changes that are not committed.');
  const changelog = readFileSync('CHANGELOG.md', 'utf8');
  const [, news = ''] = /^## Unreleased\n([\s\S]*?)(?=^## |$(?![\s\S]))/m.exec(changelog) ?? [];
  if (news.trim() === '') throw new Error('CHANGELOG.md has nothing under "## Unreleased".');
  run('npm', ['version', bump, '--no-git-tag-version', '--workspaces-update=false']);
  const { version } = manifest();
  const today = new Date().toISOString().slice(0, 10);
  writeFileSync('CHANGELOG.md', changelog.replace('## Unreleased\n', `## Unreleased\n\n## ${version} (${today})\n`));
  say(`This is ${version} now. Look it over, commit it, and publish it once it is on main.`);
}

/** Publishes the version that package.json names. */
function publish(isRehearsal) {
  const { name, version, repository } = manifest();
  const tag = `v${version}`;
  const heading = new RegExp(`^## ${version.replaceAll('.', '\\.')}(?: |$)`, 'm');
  if (!heading.test(readFileSync('CHANGELOG.md', 'utf8')))
    throw new Error(`CHANGELOG.md does not have "## ${version}".`);
  const missing = [
    [isClean(), 'there are changes that are not committed'],
    [ask('git', ['branch', '--show-current']) === 'main', 'this is not main'],
    [ask('git', ['tag', '--list', tag]) === '', `there is ${tag} already`],
    [repository !== undefined, 'package.json names no "repository", without which npm gives no provenance'],
  ].flatMap(([holds, problem]) => (holds ? [] : [problem]));
  if (missing.length > 0 && !isRehearsal) throw new Error(`${missing.join('; ')}.`);
  for (const problem of missing) say(`A release would stop here: ${problem}.`);

  const folder = mkdtempSync(join(tmpdir(), 'latchkey-release-'));
  try {
    // Packed once: what was checked is what is published.
    run('npm', ['pack', '--pack-destination', folder]);
    const tarball = join(folder, readdirSync(folder).find((file) => file.endsWith('.tgz')) ?? '');
    run('npx', ['publint', tarball, '--strict']);
    run('npx', ['attw', tarball, '--profile', 'esm-only']);
    if (isRehearsal) return say(`${name} ${version} is as it would be published. Nothing was.`);
    run('npm', ['publish', tarball, '--provenance', '--access', 'public']);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  // Not an annotated one: that is signed with a name, and a workflow has none.
  run('git', ['tag', tag]);
  run('git', ['push', 'origin', tag]);
  say(`${name} ${version} is published.`);
}

function manifest() {
  return JSON.parse(readFileSync('package.json', 'utf8'));
}

function isClean() {
  return ask('git', ['status', '--porcelain']) === '';
}

function ask(program, args) {
  return execFileSync(program, args, { encoding: 'utf8' }).trim();
}

function run(program, args) {
  execFileSync(program, args, { stdio: 'inherit' });
}

function say(sentence) {
  process.stdout.write(`${sentence}\n`);
}
