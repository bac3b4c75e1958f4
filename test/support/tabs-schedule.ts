import { setImmediate as macrotask } from 'node:timers/promises';
import type { Clock } from '../../src/platform/clock.ts';

/** What a simulated page can do, and what can be done to it. */
export interface Page {
  readonly name: string;
  readonly state: 'live' | 'frozen' | 'gone';
  /** Runs code of the page: now, once it has thawed, or never. */
  run(callback: () => void): void;
  freeze(): void;
  thaw(): void;
  /** Nothing of it runs any more. */
  kill(): void;
  /** Called when it is killed, for what the browser takes back. */
  onGone(callback: () => void): void;
}

export interface Task {
  /** What it is a step of: `fence`, `lock`, `store`, `message`, `request`, `answer` and the like. */
  readonly kind: string;
  readonly page: Page;
  /** By when it has happened, by the monotonic clock. */
  readonly due: number;
  /** Left for later while anything else can happen. */
  readonly isSlow: boolean;
  run(): void;
}

/** One of `count` possibilities, as a number from 0; 0 is always the tamest. */
export type Choose = (count: number) => number;

export interface Schedule extends Clock {
  /** Adds something that will happen, at any moment until `limit` milliseconds are over. */
  add(kind: string, page: Page, run: () => void, limit?: number): void;
  /** The clock as one page has it: its timers are late while it is frozen. */
  clockOf(page: Page): Clock & { pending(): number };
  /** Lets one thing happen. False when nothing is left that can. */
  step(): Promise<boolean>;
  /** Lets everything happen that takes no time. */
  settle(): Promise<void>;
  /** Lets time pass; with `isLazy`, nothing happens before it has to. */
  advance(time: number, isLazy?: boolean): Promise<void>;
  /** Holds back whatever fits, until the function that it gives is called. */
  hold(filter: (task: Task) => boolean): () => void;
  /** Sets the wall clock of the device. */
  stepClock(time: number): void;
  /** What happened, as `page kind`. */
  readonly log: string[];
}

/** What is local takes no longer than this, in milliseconds. */
const SOON = 40;
/** More than any test takes; whoever gets here goes in circles. */
const MOST_STEPS = 50_000;

/**
 * The order in which things happen, and the time. Two rules only: a thing happens before its time is over, and what is
 * `choose`n decides the rest. fast-check's own scheduler knows no time, so that a store that lags for at most 2 seconds,
 * or a request that arrives before its sender is given up, cannot be said in it; the choices are fast-check's all the same.
 *
 * @param isAuto Whether things happen by themselves, in order, as soon as the test awaits anything.
 */
export function createSchedule(choose: Choose, isAuto: boolean): Schedule {
  const log: string[] = [];
  const timers = new Set<{ readonly due: number; readonly page: Page; readonly callback: () => void }>();
  const holds = new Set<(task: Task) => boolean>();
  let tasks: Task[] = [];
  let elapsed = 0;
  let offset = Date.UTC(2030, 0, 1);
  let isPumping = false;

  const isHeld = (task: Task): boolean => [...holds].some((filter) => filter(task));

  async function perform(task: Task): Promise<void> {
    tasks = tasks.filter((other) => other !== task);
    log.push(`${task.page.name} ${task.kind}`);
    if (log.length > MOST_STEPS) throw new Error(`It does not come to rest:\n${log.slice(-60).join('\n')}`);
    task.run();
    await macrotask();
  }

  async function pump(): Promise<void> {
    isPumping = true;
    await macrotask();
    while (await step());
    isPumping = false;
  }

  async function step(): Promise<boolean> {
    const free = holds.size ? tasks.filter((task) => !isHeld(task)) : tasks;
    const fast = free.filter((task) => !task.isSlow);
    const from = fast.length ? fast : free;
    const next = from[choose(from.length)];
    if (!next) return false;
    await perform(next);
    return true;
  }

  async function settle(): Promise<void> {
    await macrotask();
    while (await step());
  }

  async function advance(time: number, isLazy = false): Promise<void> {
    const end = elapsed + time;
    await macrotask();
    for (;;) {
      if (!isLazy) await settle();
      const [task] = tasks.filter((one) => !isHeld(one)).sort((a, b) => a.due - b.due);
      const [timer] = [...timers].sort((a, b) => a.due - b.due);
      const due = Math.min(task?.due ?? Number.POSITIVE_INFINITY, timer?.due ?? Number.POSITIVE_INFINITY);
      if (due > end) break;
      elapsed = Math.max(elapsed, due);
      if (task && task.due === due) {
        await perform(task);
      } else if (timer) {
        timers.delete(timer);
        timer.page.run(timer.callback);
        await macrotask();
      }
    }
    elapsed = end;
    await macrotask();
  }

  function setTimer(page: Page, callback: () => void, delay: number): () => void {
    if (!Number.isFinite(delay)) return () => {};
    let isOver = false;
    const timer = { due: elapsed + Math.max(delay, 0), page, callback: () => isOver || callback() };
    timers.add(timer);
    return () => {
      isOver = true;
      timers.delete(timer);
    };
  }

  const clock = { now: () => offset + elapsed, monotonic: () => elapsed };
  const nowhere = createPage('test');
  return {
    ...clock,
    log,
    setTimer: (callback, delay) => setTimer(nowhere, callback, delay),
    clockOf: (page) => ({
      ...clock,
      setTimer: (callback, delay) => setTimer(page, callback, delay),
      pending: () => [...timers].filter((timer) => timer.page === page).length,
    }),
    add(kind, page, run, limit = SOON) {
      tasks.push({ kind, page, run, due: elapsed + limit, isSlow: choose(4) === 3 });
      if (isAuto && !isPumping) void pump();
    },
    step,
    settle,
    advance,
    hold(filter) {
      holds.add(filter);
      return () => {
        holds.delete(filter);
        if (isAuto && !isPumping) void pump();
      };
    },
    stepClock(time) {
      offset += time;
    },
  };
}

export function createPage(name: string): Page {
  let state: Page['state'] = 'live';
  let backlog: (() => void)[] = [];
  const ends: (() => void)[] = [];
  return {
    name,
    get state() {
      return state;
    },
    run(callback) {
      if (state === 'live') callback();
      else if (state === 'frozen') backlog.push(callback);
    },
    freeze() {
      if (state === 'live') state = 'frozen';
    },
    thaw() {
      if (state !== 'frozen') return;
      state = 'live';
      const held = backlog;
      backlog = [];
      for (const callback of held) callback();
    },
    kill() {
      if (state === 'gone') return;
      state = 'gone';
      backlog = [];
      for (const end of ends) end();
    },
    onGone(callback) {
      ends.push(callback);
    },
  };
}
