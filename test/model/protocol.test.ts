// @vitest-environment node
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { large, small } from './protocol/configurations.ts';
import { allMoves, search } from './protocol/search.ts';
import { shipped } from './protocol/setting.ts';
import { wrongWays } from './protocol/wrong-ways.ts';

/** The larger spaces take minutes: `npm run soak`. */
const isSoak = Number(process.env.LATCHKEY_RUNS ?? 0) > 5000;
const searched = isSoak ? [...small, ...large] : small;
const MINUTES = 60_000;
/** No moves of the protocol, but of those that go wrong. */
const WRONG_MOVES = ['steal', 'reconcile: delete on sight', 'look, then clear at once'];
const readme = readFileSync('test/model/README.md', 'utf8');

describe('the protocol between tabs, in every order of events, holds I1 to I5, I7, I10, I11, I13', () => {
  const made = new Set<string>();

  for (const { name, setting, states } of searched) {
    it(
      `in all ${states} states: ${name}`,
      () => {
        const finding = search(setting);
        expect({ broken: finding.broken, trace: finding.trace }).toEqual({ broken: undefined, trace: [] });
        // A model in which little can happen proves little, and so does one that grew without anybody knowing why.
        expect(finding.states).toBe(states);
        for (const move of finding.made) made.add(move);
      },
      30 * MINUTES,
    );
  }

  it('and makes every move that there is, in one setting or another', () => {
    const missing = allMoves.map(({ name }) => name).filter((name) => !made.has(name) && !WRONG_MOVES.includes(name));
    expect(missing).toEqual([]);
  });

  it('and goes by the shipped rules in all of them', () => {
    expect([...small, ...large].filter(({ setting }) => setting.rules !== shipped)).toEqual([]);
  });
});

describe('the protocol with one rule taken away', () => {
  it('has a way to break each invariant, because one that nothing breaks may be one that nothing checks', () => {
    const broken = new Set(wrongWays.map(({ breaks }) => breaks));
    expect([...broken].sort()).toEqual(['I1', 'I10', 'I11', 'I13', 'I2', 'I3', 'I4', 'I5', 'I7']);
  });

  for (const { name, setting, breaks, steps } of wrongWays) {
    it(
      `breaks ${breaks} in ${steps} steps: ${name}`,
      () => {
        const { broken: found, trace } = search(setting);
        expect({ breaks: found, steps: trace.length }, trace.join('\n')).toEqual({ breaks, steps });
      },
      5 * MINUTES,
    );
  }
});

describe('the figures in the README', () => {
  it('are those that are measured here', () => {
    const rows = [
      ...[...small, ...large].map(
        ({ name, setting, states }) => `| ${name} | ${setting.generations} | ${states.toLocaleString('en')} | holds |`,
      ),
      ...wrongWays.map(({ name, breaks, steps }) => `| ${name} | ${breaks} | ${steps} |`),
    ];
    expect(rows.filter((row) => !readme.includes(row))).toEqual([]);
  });
});
