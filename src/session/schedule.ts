import { holdOf, LONGEST_CAP } from './breaker.ts';
import type { Core, News } from './core.ts';
import { refresh } from './refresher.ts';

/**
 * Refreshes ahead of expiry without a request, so that the next one need not wait: at the moment that was drawn for this
 * generation, once the last failures allow it, and only while somebody may be looking (HRD-1, HRD-9). A request never
 * waits for this: it begins its refresh by itself. Timers may be late; then this is late, and nothing else.
 */
export function schedule(core: Core): void {
  const { clock, events, undo } = core;
  /** When the timer fires, by the monotonic clock. */
  let planned = Number.POSITIVE_INFINITY;
  let cancel = (): void => {};

  function renewLater(news: News): void {
    const { held } = core;
    const due = held?.isRenewable ? held.refreshAfter - held.age() : Number.POSITIVE_INFINITY;
    const delay = delayOf(news, due, holdOf(core.breaker, clock.now()), held?.record.tokens.lifetime, core.random());
    const at = clock.monotonic() + delay;
    // Looked at again and again, a page does not put off what is due; the timer of one that slept may be late.
    const isPlanned = planned > clock.monotonic() && planned <= at;
    if ((news === 'awake' || news === 'online') && isPlanned) return;
    cancel();
    planned = at;
    cancel = clock.setTimer(() => {
      planned = Number.POSITIVE_INFINITY;
      // A page that is hidden by now wakes up when it is looked at again.
      if (held && core.held === held && core.isVisible()) refresh(core, held.record, 'window').catch(() => {});
    }, delay);
  }

  events.on('news', renewLater);
  undo.add(() => cancel());
}

/**
 * How long until the next refresh in the background, in milliseconds. Whole fleets are online again, or are looked at again,
 * in the same moment: then each client waits a time of its own as well (HRD-7, N12).
 *
 * @param due Until the moment that was drawn.
 * @param pause Until the last failures allow it.
 * @param draw A random number from 0 to 1.
 */
export function delayOf(
  news: News,
  due: number,
  pause: number,
  lifetime: number = Number.POSITIVE_INFINITY,
  draw = 0,
): number {
  // Where nobody waits, a failure is no hurry: hurried by a whole fleet, it would become an outage (HRD-2).
  const failure = Math.min(LONGEST_CAP, lifetime / 10);
  const spread = { state: 0, failure, online: Math.min(30_000, lifetime / 10), awake: Math.min(5000, lifetime / 20) };
  return Math.max(due, pause, 0) + spread[news] * draw;
}
