// @vitest-environment node
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createBroadcastChannel } from '../../src/platform/broadcast-channel.ts';
import type { Channel } from '../../src/platform/channel.ts';

const open: Channel[] = [];

function createChannel(name = 'latchkey'): Channel {
  const channel = createBroadcastChannel(name) as Channel;
  open.push(channel);
  return channel;
}

afterEach(() => {
  for (const channel of open.splice(0)) channel.close();
  vi.unstubAllGlobals();
});

/** Lets messages arrive: they come in the order in which they were sent, so that this one is the last. */
async function delivered(name = 'latchkey'): Promise<void> {
  const [from, to] = [createChannel(name), createChannel(name)];
  await new Promise<void>((resolve) => {
    to.listen((message) => message === 'last' && resolve());
    from.post('last');
  });
}

describe('the channel between tabs', () => {
  it('carries plain data to all others of its name, never to oneself', async () => {
    const [sender, one, two, stranger] = [createChannel(), createChannel(), createChannel(), createChannel('other')];
    const heard = [sender, one, two, stranger].map((channel) => {
      const listener = vi.fn();
      channel.listen(listener);
      return listener;
    });
    sender.post({ type: 'changed', epoch: 3 });
    await delivered();
    expect(heard.map(({ mock }) => mock.calls.filter(([message]) => message !== 'last'))).toEqual([
      [],
      [[{ type: 'changed', epoch: 3 }]],
      [[{ type: 'changed', epoch: 3 }]],
      [],
    ]);
  });

  it('goes on when a listener throws, and shows the error to the page’s own reporting', async () => {
    const reportError = vi.fn();
    vi.stubGlobal('reportError', reportError);
    const [sender, receiver] = [createChannel(), createChannel()];
    const error = new Error('listener');
    receiver.listen(() => {
      throw error;
    });
    const other = vi.fn();
    receiver.listen(other);
    sender.post(1);
    await delivered();
    expect(other).toHaveBeenCalledWith(1);
    expect(reportError).toHaveBeenCalledWith(error);
  });

  it('is no longer heard by who stopped listening, twice, nor after it was closed (C48)', async () => {
    const [sender, receiver, closed] = [createChannel(), createChannel(), createChannel()];
    const listener = vi.fn();
    const stop = receiver.listen(listener);
    closed.listen(listener);
    stop();
    stop();
    closed.close();
    closed.close();
    sender.post(1);
    await delivered();
    expect(listener).not.toHaveBeenCalled();
  });

  it('never throws at who posts: closed, or with what cannot be copied', () => {
    const channel = createChannel();
    expect(() => channel.post(() => {})).not.toThrow();
    channel.close();
    expect(() => channel.post(1)).not.toThrow();
  });

  it.each([
    ['there is no BroadcastChannel', undefined],
    [
      'it cannot be made',
      class {
        constructor() {
          throw new DOMException('denied', 'SecurityError');
        }
      },
    ],
  ])('is not there where %s', (_, substitute) => {
    vi.stubGlobal('BroadcastChannel', substitute);
    expect(createBroadcastChannel('latchkey')).toBeUndefined();
  });

  it('keeps no process alive', async () => {
    const { spawnSync } = await import('node:child_process');
    const unref = vi.spyOn(BroadcastChannel.prototype as unknown as { unref(): void }, 'unref');
    createChannel();
    expect(unref).toHaveBeenCalledTimes(1);
    const code = `const c = new BroadcastChannel('x'); c.unref(); c.addEventListener('message', () => {});`;
    expect(spawnSync(process.execPath, ['-e', code], { timeout: 10_000 }).status).toBe(0);
  });
});
