import { describe, expect, it, vi } from 'vitest';
import type { Held } from '../../src/session/held.ts';
import { joinEpoch, newEpoch } from '../../src/session/holder.ts';
import { createQueue } from '../../src/transports/queue.ts';
import type { Way } from '../../src/transports/way.ts';
import type { Wire } from '../../src/transports/wire.ts';
import { createFakeEngine, OVER, turns } from './fake-engine.ts';

type Request = Way<string, never>;

/** A queue whose answers come when the test says; `told` has what became of each request, in order. */
function waiting() {
  const engine = createFakeEngine({ patience: 1000 });
  const epoch = newEpoch();
  const told: unknown[][] = [];
  const asked: { isWanted(): boolean; give(value: string): void; fail(error: unknown): void }[] = [];
  const leaves = new Map<string, (error: unknown) => void>();
  const setTimer = vi.spyOn(engine.clock, 'setTimer');
  const wire = {
    onAbort: (call: string, way: Request, leave: (way: Request, error: unknown) => void) => {
      leaves.set(call, (error) => leave(way, error));
      return () => leaves.delete(call);
    },
    timeoutError: (call: string) => `${call} timed out`,
  } as unknown as Wire<string, never>;
  const wait = createQueue<string, never, string>(
    engine,
    wire,
    (_, isWanted) => new Promise((give, fail) => asked.push({ isWanted, give, fail })),
    ({ call }, value) => told.push([call, value]),
    ({ call }, error) => told.push([call, error]),
  );
  const enter = (call: string, key: object, deadline?: number): void =>
    wait({ call, epoch, deadline, held: key as Held } as Request, key);
  return { engine, epoch, told, asked, leaves, setTimer, enter };
}

const [FIRST, SECOND] = [{}, {}];

describe('requests that wait for the same', () => {
  it('ask for it once (C1)', async () => {
    const { asked, told, enter } = waiting();
    for (const call of ['a', 'b', 'c']) enter(call, FIRST);
    expect(asked).toHaveLength(1);
    asked[0]?.give('token');
    await turns();
    expect(told).toEqual([
      ['a', 'token'],
      ['b', 'token'],
      ['c', 'token'],
    ]);
  });

  it('ask anew once that has come, and are told when it does not', async () => {
    const { asked, told, enter } = waiting();
    enter('a', FIRST);
    asked[0]?.fail('down');
    await turns();
    enter('b', FIRST);
    asked[1]?.give('token');
    await turns();
    expect(told).toEqual([
      ['a', 'down'],
      ['b', 'token'],
    ]);
  });

  it('are not kept from each other when what others waited for comes meanwhile', async () => {
    const { asked, told, enter } = waiting();
    enter('a', FIRST);
    enter('b', SECOND);
    asked[0]?.give('old');
    await turns();
    enter('c', SECOND);
    expect(asked).toHaveLength(2);
    asked[1]?.give('new');
    await turns();
    expect(told).toEqual([
      ['a', 'old'],
      ['b', 'new'],
      ['c', 'new'],
    ]);
  });

  it('want it for as long as one of them waits (ROT-5)', () => {
    const { asked, leaves, enter } = waiting();
    enter('a', FIRST);
    enter('b', FIRST);
    const wanted = () => asked[0]?.isWanted();
    expect(wanted()).toBe(true);
    leaves.get('a')?.('aborted');
    expect(wanted()).toBe(true);
    leaves.get('b')?.('aborted');
    expect(wanted()).toBe(false);
  });

  it('leave nothing behind among those that the end of a session tells', async () => {
    const { asked, epoch, leaves, enter } = waiting();
    enter('a', FIRST);
    enter('b', FIRST);
    expect(epoch.members.length).toBe(1);
    asked[0]?.give('token');
    await turns();
    expect([epoch.members.length, leaves.size]).toEqual([0, 0]);
  });
});

describe('what a queue and others share', () => {
  it('is left once: whoever joined meanwhile is still told of the end of the session', async () => {
    const { asked, epoch, leaves, enter } = waiting();
    enter('a', FIRST);
    leaves.get('a')?.('aborted');
    const others = [1, 2].map(() => ({ place: -1, reject: vi.fn() }));
    for (const other of others) joinEpoch(epoch, other);
    asked[0]?.give('token');
    await turns();
    expect(epoch.members).toEqual(others);
  });
});

describe('a request of a session that is over', () => {
  it('is told so in the same turn, and is not waited for (SES-1)', () => {
    const { asked, epoch, told, engine, enter } = waiting();
    epoch.over = OVER;
    enter('late', FIRST);

    expect(told).toEqual([['late', OVER]]);
    expect([asked[0]?.isWanted(), epoch.members.length, engine.clock.pending()]).toEqual([false, 0, 0]);
  });
});

describe('the time-outs of requests that wait', () => {
  it('end each at its own moment, in whatever order they came (C19)', async () => {
    const { engine, told, enter } = waiting();
    enter('slow', FIRST, 700);
    enter('quick', FIRST, 200);
    enter('middling', FIRST, 500);
    const calls = () => told.map(([call]) => call);
    await engine.clock.advance(199);
    expect(calls()).toEqual([]);
    await engine.clock.advance(1);
    expect(calls()).toEqual(['quick']);
    await engine.clock.advance(300);
    expect(calls()).toEqual(['quick', 'middling']);
    await engine.clock.advance(200);
    expect(told).toEqual(['quick', 'middling', 'slow'].map((call) => [call, `${call} timed out`]));
    expect(engine.clock.pending()).toBe(0);
  });

  it('end with the patience of the session, where that is shorter, or there is none (C9)', async () => {
    const { engine, told, enter } = waiting();
    enter('endless', FIRST);
    enter('long', FIRST, 60_000);
    await engine.clock.advance(999);
    expect(told).toEqual([]);
    await engine.clock.advance(1);
    expect(told.map(([call, error]) => [call, (error as { code: string }).code])).toEqual([
      ['endless', 'auth-unavailable'],
      ['long', 'auth-unavailable'],
    ]);
  });

  it('of a thousand at once are one timer, and none once nobody waits', async () => {
    const { engine, setTimer, told, enter } = waiting();
    for (let no = 0; no < 1000; no += 1) enter(`${no}`, FIRST);
    expect(setTimer).toHaveBeenCalledTimes(1);
    await engine.clock.advance(1000);
    expect(told).toHaveLength(1000);
    expect(setTimer).toHaveBeenCalledTimes(1);
  });

  it('of those that came later are one more timer', async () => {
    const { engine, setTimer, told, enter } = waiting();
    enter('a', FIRST);
    await engine.clock.advance(400);
    enter('b', FIRST);
    enter('c', FIRST);
    await engine.clock.advance(1000);
    expect(told.map(([call]) => call)).toEqual(['a', 'b', 'c']);
    expect(setTimer.mock.calls.map(([, delay]) => delay)).toEqual([1000, 400]);
  });
});
