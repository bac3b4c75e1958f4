// @vitest-environment node
import { describe, expect, it } from 'vitest';
import { importAlone } from '../support/lone-door.ts';

const imported = importAlone('vue', 'vue');

describe('latchkey/vue', () => {
  it('takes nothing of the engine with it: types cost nothing', async () => {
    const { files } = await imported;
    expect(files).toContain('src/vue/composables.ts');
    expect(files.filter((file) => !/^src\/vue[/.]/.test(file))).toEqual([]);
  });

  it('starts nothing when it is imported: it needs Vue, and no timer, page or network (C47)', async () => {
    const { asked, exports, left } = await imported;
    expect(asked).toEqual(new Set(['vue']));
    expect(exports).toEqual(['sessionPlugin', 'useSession', 'useSessionState', 'useUser']);
    expect(left).toEqual([]);
  });
});
