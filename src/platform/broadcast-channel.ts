import type { Channel } from './channel.ts';
import { report } from './web.ts';

/** The channel of that name among all tabs of the origin; undefined where there is no BroadcastChannel to be had. */
export function createBroadcastChannel(name: string): Channel | undefined {
  let channel: BroadcastChannel;
  try {
    channel = new BroadcastChannel(name);
  } catch {
    return undefined;
  }
  // In Node, where tests run, it would keep the process alive.
  (channel as { unref?(): void }).unref?.();
  return {
    post(message) {
      try {
        channel.postMessage(message);
      } catch {
        // It is closed, or this cannot be copied. No message was ever sure to arrive (OUT-6).
      }
    },
    listen(listener) {
      const onMessage = (event: MessageEvent): void => {
        try {
          listener(event.data);
        } catch (error) {
          report(error);
        }
      };
      channel.addEventListener('message', onMessage);
      return () => channel.removeEventListener('message', onMessage);
    },
    close: () => channel.close(),
  };
}
