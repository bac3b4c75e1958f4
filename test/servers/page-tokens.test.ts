import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { issue, ownerOf, revoke, revokeAll } from '../../demo/server/tokens.ts';

/** The localStorage of two tabs that are processes of their own: each sees at once what it writes, the other one later. */
function twoTabs(): { readonly inTab: <T>(tab: 0 | 1, act: () => T) => T; readonly deliver: () => void } {
  const views = [new Map<string, string>(), new Map<string, string>()];
  const late: (() => void)[] = [];
  return {
    inTab(tab, act) {
      const [own, other] = tab === 0 ? views : [...views].reverse();
      const write = (change: (view: Map<string, string> | undefined) => void): void => {
        change(own);
        late.push(() => change(other));
      };
      const storage = new Proxy(
        {
          getItem: (key: string) => own?.get(key) ?? null,
          setItem: (key: string, value: string) => write((view) => view?.set(key, value)),
          removeItem: (key: string) => write((view) => view?.delete(key)),
        },
        {
          ownKeys: () => [...(own?.keys() ?? [])],
          getOwnPropertyDescriptor: () => ({ configurable: true, enumerable: true }),
        },
      );
      vi.stubGlobal('localStorage', storage);
      return act();
    },
    deliver: () => {
      for (const change of late.splice(0)) change();
    },
  };
}

describe('the tokens of the server inside the page', () => {
  beforeEach(() => localStorage.clear());
  afterEach(() => void vi.useRealTimers());

  it('are all good where two tabs give them at the same moment, and neither has seen what the other wrote', () => {
    const { inTab, deliver } = twoTabs();
    const tokens = [inTab(0, () => issue('access', 'alice')), inTab(1, () => issue('access', 'bob'))];
    deliver();
    for (const tab of [0, 1] as const) {
      expect(inTab(tab, () => tokens.map((token) => ownerOf('access', token)))).toEqual(['alice', 'bob']);
    }
  });

  it('stay taken back where two tabs take them back at the same moment', () => {
    const { inTab, deliver } = twoTabs();
    const [first, second] = [inTab(0, () => issue('refresh', 'alice')), inTab(0, () => issue('refresh', 'alice'))];
    inTab(0, () => revoke(first));
    inTab(1, () => revoke(second));
    deliver();
    expect(inTab(1, () => [first, second].map((token) => ownerOf('refresh', token)))).toEqual([undefined, undefined]);
  });

  it('are taken back by their type, and those that are given after that are good', () => {
    vi.useFakeTimers({ now: 1000 });
    const [access, refresh] = [issue('access', 'alice'), issue('refresh', 'alice')];
    revokeAll('access');
    expect([ownerOf('access', access), ownerOf('refresh', refresh)]).toEqual([undefined, 'alice']);
    vi.setSystemTime(1001);
    expect(ownerOf('access', issue('access', 'alice'))).toBe('alice');
  });

  it('are of one type, end, and are no others', () => {
    vi.useFakeTimers({ now: 1000 });
    const token = issue('access', 'alice');
    expect([ownerOf('access', token), ownerOf('refresh', token)]).toEqual(['alice', undefined]);
    vi.setSystemTime(31_000);
    expect([token, 'eyJ', '', undefined, 7].map((given) => ownerOf('access', given))).toEqual(Array(5).fill(undefined));
  });

  it('are forgotten once they would have ended by themselves', () => {
    vi.useFakeTimers({ now: 0 });
    revoke(issue('access', 'alice'));
    vi.setSystemTime(60_000);
    revoke(issue('access', 'alice'));
    expect(Object.keys(localStorage)).toHaveLength(1);
  });
});
