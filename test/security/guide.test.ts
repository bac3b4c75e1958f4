// @vitest-environment node
import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findPython } from '../support/system.mjs';

const run = promisify(execFile);
const guide = readFileSync('docs/security.md', 'utf8');
const blocks = [...guide.matchAll(/^```python\n# ([\w.]+)\n([\s\S]*?)^```$/gm)];
let project: string;

/** A Django project of nothing but the guide's own files. */
beforeAll(async () => {
  project = await mkdtemp(join(tmpdir(), 'latchkey-guide-'));
  for (const [, file = '', code = ''] of blocks) await writeFile(join(project, file), code);
});
afterAll(() => rm(project, { recursive: true, force: true }));

async function python(code: string): Promise<unknown> {
  const { stdout } = await run(String(findPython()), ['-c', code], { cwd: project });
  return JSON.parse(stdout);
}

describe('docs/security.md', () => {
  it('names, for each of I1 to I15, tests that are there', () => {
    const rows = [...guide.matchAll(/^\| (I\d+) \|.*\| (.*) \|$/gm)];
    expect(rows.map(([, name]) => name)).toEqual(Array.from({ length: 15 }, (_, index) => `I${index + 1}`));
    for (const [, name, keptBy = ''] of rows) {
      const files = [...keptBy.matchAll(/`(test\/[^`]+)`/g)].map(([, file = '']) => file);
      expect(`${name}: ${files.length > 0}`).toBe(`${name}: true`);
      expect(files.filter((file) => !existsSync(file))).toEqual([]);
    }
    const named = [...guide.matchAll(/`((?:test|src|docs)\/[^`]+)`/g)].map(([, file = '']) => file);
    expect(named.filter((file) => !existsSync(file))).toEqual([]);
  });

  it('calls the model-checked ones so, and no others', () => {
    const claimed = [...guide.matchAll(/^\| (I\d+) \|.*\| model, /gm)].map(([, name]) => name);
    const specified = readFileSync('test/model/README.md', 'utf8').matchAll(/^\| (I\d+) \|/gm);
    expect(claimed).toEqual([...specified].map(([, name]) => name));
  });

  it('has links that lead somewhere, in all pages that it is linked with', () => {
    for (const page of ['docs/security.md', 'docs/diagnose.md']) {
      const text = readFileSync(page, 'utf8');
      for (const [, file = '', anchor] of text.matchAll(/\]\(([\w./-]+\.md)(?:#([\w-]+))?\)/g)) {
        const target = new URL(file, `file://${process.cwd()}/${page}`);
        const headings = readFileSync(target, 'utf8').match(/^#+ .*$/gm) ?? [];
        const anchors = headings.map((heading) => heading.replace(/^#+ /, '').toLowerCase().replace(/ /g, '-'));
        if (anchor) expect(anchors).toContain(anchor);
      }
    }
  });

  it('has settings that SimpleJWT knows', async () => {
    const unknown = await python(`
import json, django, settings
from django.conf import settings as django_settings
django_settings.configure(SECRET_KEY="x" * 64)
from rest_framework_simplejwt.settings import DEFAULTS
assert "rest_framework_simplejwt.token_blacklist" in settings.INSTALLED_APPS
print(json.dumps(sorted(set(settings.SIMPLE_JWT) - set(DEFAULTS))))`);
    expect(unknown).toEqual([]);
  });

  it('keeps the absolute end of a refresh token through its rotation (ROT-13)', async () => {
    const [before, after] = (await python(`
import json, django, settings
from datetime import timedelta
from django.conf import settings as django_settings
options = {**settings.SIMPLE_JWT, "BLACKLIST_AFTER_ROTATION": False}
apps = [app for app in settings.INSTALLED_APPS if "blacklist" not in app and app != "corsheaders"]
django_settings.configure(SECRET_KEY="x" * 64, INSTALLED_APPS=apps, SIMPLE_JWT=options, USE_TZ=True)
django.setup()
from rest_framework_simplejwt.tokens import RefreshToken
from rest_framework_simplejwt.settings import api_settings
from django.utils.module_loading import import_string
first = RefreshToken()
first.set_exp(lifetime=timedelta(days=3))
serializer = import_string(api_settings.TOKEN_REFRESH_SERIALIZER)(data={"refresh": str(first)})
serializer.is_valid(raise_exception=True)
second = RefreshToken(serializer.validated_data["refresh"])
print(json.dumps([[first["jti"], first["exp"]], [second["jti"], second["exp"]]]))`)) as [
      [string, number],
      [string, number],
    ];
    expect(after[0]).not.toBe(before[0]);
    expect(after[1]).toBe(before[1]);
  });

  it('has settings of Flask that are Python, and its own names', async () => {
    const names = (await python(`
import json, config
print(json.dumps([name for name in dir(config) if name.isupper()]))`)) as string[];
    expect(names.filter((name) => !name.startsWith('JWT_'))).toEqual([]);
    expect(names).toHaveLength(8);
  });
});
