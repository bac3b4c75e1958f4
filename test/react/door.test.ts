// @vitest-environment node
import { build as buildAll } from 'vite';
import { describe, expect, it } from 'vitest';
import { importAlone } from '../support/lone-door.ts';

const imported = importAlone('react', 'react');

describe('latchkey/react', () => {
  it('takes nothing of the engine with it: types cost nothing', async () => {
    const { files } = await imported;
    expect(files).toContain('src/react/use-selected.ts');
    expect(files.filter((file) => !/^src\/react[/.]/.test(file))).toEqual([]);
  });

  it('starts nothing when it is imported: it needs React, and no timer, page or network (C47)', async () => {
    const { asked, exports, left } = await imported;
    expect(asked).toEqual(new Set(['react']));
    expect(exports).toEqual(['SessionProvider', 'useSession', 'useSessionState', 'useUser']);
    expect(left).toEqual([]);
  });

  it('may be imported by a server component: what calls React says that it belongs to the client, as built', async () => {
    const built = await buildAll({ configFile: 'vite.config.ts', logLevel: 'silent', build: { write: false } });
    const files = [built].flat().flatMap((result) => {
      const output = 'output' in result ? result.output : [];
      return output.flatMap((file) => (file.type === 'chunk' && file.fileName.startsWith('react/') ? [file] : []));
    });
    expect(files.map(({ fileName }) => fileName).sort()).toEqual([
      'react/session-provider.js',
      'react/use-selected.js',
      'react/use-session-state.js',
      'react/use-session.js',
      'react/use-user.js',
    ]);
    for (const { code } of files) expect(code).toMatch(/^["']use client["'];/);
  });
});
