import type { Unsubscribe } from '../platform/clock.ts';
import type { Engine } from '../session/engine.ts';
import { joinEpoch, leaveEpoch } from '../session/holder.ts';
import type { Way } from './way.ts';
import type { Wire } from './wire.ts';

/** Lets a request wait for something; those that name the same key while it is open wait for the same. */
export type Queue<Call, Reply> = (way: Way<Call, Reply>, key: object) => void;

/**
 * Makes a queue of requests. Each waits no longer than it would by itself: its signal, its time-out, the end of its
 * session, and the session's patience all end it at once. What it waits for goes on for the others (C19, ROT-5).
 *
 * Thousands may wait, so they share one promise, one timer and one place among those that the end of a session tells.
 *
 * @param ask Begins what is waited for; asked by the first who comes, and told whether anybody still waits.
 * @param proceed What each does next.
 * @param fail What becomes of one that stopped waiting, or waited for nothing.
 * @param attend Told when somebody begins to wait; what it gives, when nobody does any more. Who waits for a user is given
 *   all the time that the user takes: the session's patience does not end it.
 */
export function createQueue<Call, Reply, T>(
  engine: Engine,
  wire: Wire<Call, Reply>,
  ask: (way: Way<Call, Reply>, isWanted: () => boolean) => Promise<T>,
  proceed: (way: Way<Call, Reply>, value: T) => void,
  fail: (way: Way<Call, Reply>, error: unknown) => void,
  attend?: (way: Way<Call, Reply>) => Unsubscribe,
): Queue<Call, Reply> {
  const { clock } = engine;
  const patience = attend ? Number.POSITIVE_INFINITY : engine.patience;
  let open: { readonly key: object; readonly enter: (way: Way<Call, Reply>) => void } | undefined;

  function openFor(first: Way<Call, Reply>, key: object): NonNullable<typeof open> {
    const ways = new Set<Way<Call, Reply>>();
    const mine = { key, enter };
    const member = { place: -1, reject: end };
    /** When the next of them loses its patience. */
    let alarm = Number.POSITIVE_INFINITY;
    let stopAlarm: Unsubscribe | undefined;
    let stopAttending: Unsubscribe | undefined;

    function enter(way: Way<Call, Reply>): void {
      const { call, epoch, deadline } = way;
      if (epoch.over) {
        fail(way, epoch.over);
        return;
      }
      const now = clock.monotonic();
      way.due = Math.min(deadline ?? Number.POSITIVE_INFINITY, now + patience);
      if (!ways.size) {
        joinEpoch(first.epoch, member);
        stopAttending = attend?.(way);
      }
      ways.add(way);
      if (way.due < alarm) setAlarm(way.due, now);
      way.stopAbort = wire.onAbort(call, way, leave);
    }

    function leave(way: Way<Call, Reply>, error: unknown): void {
      remove(way);
      if (!ways.size) rest();
      fail(way, error);
    }

    function remove(way: Way<Call, Reply>): void {
      ways.delete(way);
      way.stopAbort?.();
    }

    function setAlarm(due: number, now: number): void {
      stopAlarm?.();
      alarm = due;
      stopAlarm = clock.setTimer(ring, due - now);
    }

    function ring(): void {
      const now = clock.monotonic();
      let next = Number.POSITIVE_INFINITY;
      alarm = next;
      for (const way of ways) {
        const { due = now, deadline, call } = way;
        if (due > now) next = Math.min(next, due);
        else leave(way, due === deadline ? wire.timeoutError(call) : engine.impatience());
      }
      if (next < alarm) setAlarm(next, now);
    }

    /** Nobody waits, so there is nothing to watch. */
    function rest(): void {
      stopAlarm?.();
      alarm = Number.POSITIVE_INFINITY;
      leaveEpoch(first.epoch, member);
      stopAttending?.();
      stopAttending = undefined;
    }

    function end(error: unknown): void {
      for (const way of ways) leave(way, error);
    }

    function settle(each: (way: Way<Call, Reply>) => void): void {
      if (open === mine) open = undefined;
      rest();
      for (const way of ways) {
        remove(way);
        each(way);
      }
    }

    ask(first, () => ways.size > 0).then(
      (value) => settle((way) => proceed(way, value)),
      (error) => settle((way) => fail(way, error)),
    );
    return mine;
  }

  return (way, key) => {
    if (open?.key !== key) open = openFor(way, key);
    open.enter(way);
  };
}
