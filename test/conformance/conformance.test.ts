// @vitest-environment node
import { beforeAll, describe, expect, it } from 'vitest';
import { CASES } from './cases.mjs';
import { runConformance } from './conformance.mjs';
import { markdownOf } from './matrix.mjs';
import { TAB_CASES } from './tabs.mjs';

type Result = Awaited<ReturnType<typeof runConformance>>;

/** What each contestant came to, as `id: verdict`, with the reason where it fails. */
function row({ rows }: Result, name: string): string[] {
  return rows.map(({ id, outcomes }) => {
    const { verdict, why } = outcomes[name] ?? {};
    return verdict === 'fail' ? `${id}: ${verdict}, ${why}` : `${id}: ${verdict}`;
  });
}

const idOf = (name: string) => (each: { readonly id: string }) => `${each.id}: ${name}`;

// Where time is sped up a machine that stalls for long is no judge, and those cases take minutes: `npm run conformance`
// runs them, on a machine with nothing else to do. Those in the browser are in test/browsers as well.
const IDS = CASES.filter(({ speed = 1 }) => speed <= 1).map(({ id }) => id);

describe('the conformance table', () => {
  let result: Result;
  beforeAll(async () => {
    result = await runConformance({
      ids: IDS,
      names: ['latchkey', 'latchkey-fetch', 'copied-interceptor'],
      isSource: true,
    });
  }, 300_000);

  it('has every case that it promises', () => {
    const ids = [...CASES, ...TAB_CASES].map(({ id }) => Number(id.slice(1))).sort((one, other) => one - other);
    expect(ids.map((id) => `C${id}`).join(' ')).toBe(
      'C1 C2 C3 C4 C5 C6 C8 C9 C10 C11 C12 C13 C14 C15 C16 C17 C18 C19 C24 C25 C26 C27 C28 C31 C32 C34 C37 C44 C45',
    );
    expect(IDS.length).toBeGreaterThan(15);
  });

  it('is passed by latchkey over axios, but for the case that is of fetch alone (C1, C50)', () => {
    expect(row(result, 'latchkey')).toEqual(result.rows.map((each) => idOf(each.id === 'C16' ? 'n/a' : 'pass')(each)));
  });

  it('is passed by latchkey over fetch, but for the cases that are of axios alone (C1, C16)', () => {
    const ofAxios = new Set(CASES.filter(({ transport }) => transport === 'axios').map(({ id }) => id));
    expect(row(result, 'latchkey-fetch')).toEqual(
      result.rows.map((each) => idOf(ofAxios.has(each.id) ? 'n/a' : 'pass')(each)),
    );
  });

  it('can fail: the copied interceptor does not what it was never written for (C3, C12, C13, C15, C19, C34)', () => {
    const failed = new Set(row(result, 'copied-interceptor').flatMap((cell) => /^(C\d+): fail/.exec(cell)?.[1] ?? []));
    expect([...failed]).toEqual(expect.arrayContaining(['C3', 'C12', 'C13', 'C15', 'C19', 'C34']));
    expect(row(result, 'copied-interceptor')).toEqual(expect.arrayContaining(['C1: pass', 'C4: pass', 'C45: pass']));
  });

  it('says of each failure what was found, and of each case that cannot be asked why', () => {
    const machine = {
      date: '2026-01-01',
      node: 'v20',
      cores: 2,
      model: 'm',
      versions: { latchkey: '0.1.0', axios: '1' },
    };
    const text = markdownOf({ ...result, machine });
    for (const { outcomes } of result.rows) {
      for (const { verdict, why } of Object.values(outcomes))
        expect(verdict === 'pass' || (why?.length ?? 0) > 0).toBe(true);
    }
    expect(text).toContain('| C34 |');
    expect(text).not.toMatch(/undefined|eyJ/);
  });
});
