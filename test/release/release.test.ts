// @vitest-environment node
import { execFile } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const run = promisify(execFile);
const script = join(import.meta.dirname, '../../.ci/release.mjs');
const CHANGELOG = '# Changelog\n\n## Unreleased\n\n### Added\n\n- A door.\n\n## 0.1.0\n\nThe first.\n';
const REPOSITORY = 'git+https://github.com/example/pack.git';

let folder: string;
let project: string;

/** A package in a repository with a remote, and an npm that only notes what it is told. */
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latchkey-release-test-'));
  project = join(folder, 'project');
  await mkdir(join(folder, 'bin'));
  for (const name of ['npm', 'npx']) {
    const file = join(folder, 'bin', name);
    await writeFile(file, FAKE.replaceAll('NAME', name));
    await chmod(file, 0o755);
  }
  await run('git', ['init', '--quiet', '--bare', join(folder, 'remote.git')]);
  await run('git', ['init', '--quiet', '--initial-branch', 'main', project]);
  await git('remote', 'add', 'origin', join(folder, 'remote.git'));
  await git('config', 'user.name', 'A Maintainer');
  await git('config', 'user.email', 'maintainer@example.com');
  await change('package.json', JSON.stringify({ name: 'pack', version: '0.1.0', repository: REPOSITORY }));
  await change('CHANGELOG.md', CHANGELOG);
  await commit();
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** An npm in its place: it writes down what it is asked, packs a file, and raises a version. */
const FAKE = `#!/usr/bin/env node
const { appendFileSync, readFileSync, writeFileSync } = require('node:fs');
const [command, ...args] = process.argv.slice(2);
const isNpm = 'NAME' === 'npm';
appendFileSync('../calls', ['NAME', command, ...args].join(' ').replace(/\\S*\\//g, '') + '\\n');
if (isNpm && command === 'pack') writeFileSync(args[1] + '/pack-0.1.0.tgz', '');
if (isNpm && command === 'version') {
  const manifest = JSON.parse(readFileSync('package.json', 'utf8'));
  writeFileSync('package.json', JSON.stringify({ ...manifest, version: '0.2.0' }));
}
if (isNpm && command === 'publish' && process.env.NPM_REFUSES) process.exit(1);
`;

async function git(...args: string[]): Promise<string> {
  return (await run('git', args, { cwd: project })).stdout.trim();
}

function change(file: string, text: string): Promise<void> {
  return writeFile(join(project, file), text);
}

async function commit(): Promise<void> {
  await git('add', '.');
  await git('commit', '--quiet', '--message', 'A change');
}

/** What the script says, and whether it went well. */
async function release(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<{ ok: boolean; said: string }> {
  const PATH = [join(folder, 'bin'), process.env.PATH].join(delimiter);
  const { code = 0, stdout } = await run(process.execPath, [script, ...args], {
    cwd: project,
    env: { ...process.env, ...env, PATH },
  }).catch((error) => error);
  return { ok: code === 0, said: stdout };
}

async function calls(): Promise<readonly string[]> {
  const text = await readFile(join(folder, 'calls'), 'utf8').catch(() => '');
  return text.split('\n').filter((line) => line !== '');
}

const tagsOfRemote = (): Promise<string> => git('ls-remote', '--tags', 'origin');

describe('the release', () => {
  it('publishes with provenance what it checked, then tags it', async () => {
    expect(await release(['publish'])).toEqual({ ok: true, said: 'pack 0.1.0 is published.\n' });
    expect((await calls()).map((call) => call.replace(/ latchkey-release-\S+/, ' folder'))).toEqual([
      'npm pack --pack-destination folder',
      'npx publint pack-0.1.0.tgz --strict',
      'npx attw pack-0.1.0.tgz --profile esm-only',
      'npm publish pack-0.1.0.tgz --provenance --access public',
    ]);
    expect(await tagsOfRemote()).toContain('refs/tags/v0.1.0');
  });

  it('publishes, tags and pushes nothing in a dry run', async () => {
    expect(await release(['publish', '--dry-run'])).toEqual({
      ok: true,
      said: 'pack 0.1.0 is as it would be published. Nothing was.\n',
    });
    expect((await calls()).filter((call) => call.startsWith('npm publish'))).toEqual([]);
    expect((await calls()).filter((call) => call.startsWith('npx'))).toHaveLength(2);
    expect([await git('tag'), await tagsOfRemote()]).toEqual(['', '']);
  });

  it.each([
    ['a change is not committed', () => change('new.txt', 'x'), 'there are changes that are not committed'],
    ['this is another branch', () => git('switch', '--quiet', '--create', 'other'), 'this is not main'],
    ['there is such a tag', () => git('tag', 'v0.1.0'), 'there is v0.1.0 already'],
    [
      'nobody says where the sources are',
      async () => {
        await change('package.json', JSON.stringify({ name: 'pack', version: '0.1.0' }));
        await commit();
      },
      'package.json names no "repository", without which npm gives no provenance',
    ],
  ])('stops when %s; a dry run says so and goes on', async (_, spoil, problem) => {
    await spoil();
    expect(await release(['publish'])).toEqual({ ok: false, said: `Stopped: ${problem}.\n` });
    expect(await calls()).toEqual([]);
    const rehearsal = await release(['publish', '--dry-run']);
    expect(rehearsal.ok).toBe(true);
    expect(rehearsal.said).toContain(`A release would stop here: ${problem}.`);
    expect(await calls()).toHaveLength(3);
  });

  it.each([['publish'], ['publish --dry-run']])(
    'stops when the changelog does not have the version (%s)',
    async (command) => {
      await change('CHANGELOG.md', CHANGELOG.replace('## 0.1.0', '## 0.1.01'));
      await commit();
      expect(await release(command.split(' '))).toEqual({
        ok: false,
        said: 'Stopped: CHANGELOG.md does not have "## 0.1.0".\n',
      });
      expect(await calls()).toEqual([]);
    },
  );

  it('tags nothing that npm did not take', async () => {
    expect((await release(['publish'], { NPM_REFUSES: '1' })).ok).toBe(false);
    expect([await git('tag'), await tagsOfRemote()]).toEqual(['', '']);
  });

  it('prepares a version: raises the number, and dates what is unreleased', async () => {
    expect((await release(['prepare', 'minor'])).ok).toBe(true);
    expect(await calls()).toEqual(['npm version minor --no-git-tag-version --workspaces-update=false']);
    expect(await readFile(join(project, 'CHANGELOG.md'), 'utf8')).toMatch(
      /^# Changelog\n\n## Unreleased\n\n## 0\.2\.0 \(\d{4}-\d\d-\d\d\)\n\n### Added\n\n- A door\.\n\n## 0\.1\.0\n/,
    );
    await commit();
    expect((await release(['publish', '--dry-run'])).ok).toBe(true);
  });

  it('prepares nothing where there is nothing new, or something else is under way', async () => {
    await change('CHANGELOG.md', '# Changelog\n\n## Unreleased\n\n## 0.1.0\n\nThe first.\n');
    expect((await release(['prepare', 'minor'])).said).toContain('not committed');
    await commit();
    expect((await release(['prepare', 'minor'])).said).toContain('nothing under "## Unreleased"');
    expect(await calls()).toEqual([]);
  });

  it.each([[''], ['publish now'], ['prepare'], ['prepare minor --dry-run']])(
    'does nothing when it is not told what ("%s")',
    async (command) => {
      expect((await release(command.split(' ').filter((word) => word !== ''))).ok).toBe(false);
      expect(await calls()).toEqual([]);
    },
  );
});
