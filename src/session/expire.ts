import { catchUp } from './catch-up.ts';
import type { Core } from './core.ts';
import { end } from './ending.ts';
import type { Epoch, Held } from './held.ts';

/** Ends a session whose access token is dead, and cannot be renewed; unless there is a newer one after all. */
export async function expire(core: Core, epoch: Epoch, held: Held): Promise<void> {
  (await catchUp(core, epoch, false))?.();
  if (core.held === held) await end(core, epoch, held, held.ending?.reason ?? 'expired', held.ending);
}
