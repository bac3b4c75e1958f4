import { afterEach, describe, expect, it, vi } from 'vitest';
import { onWake } from '../../src/platform/wake.ts';

let stop = (): void => {};

afterEach(() => {
  stop();
  vi.unstubAllGlobals();
});

function listen() {
  const listener = vi.fn();
  stop = onWake(listener);
  return listener;
}

function show(persisted: boolean): void {
  window.dispatchEvent(Object.assign(new Event('pageshow'), { persisted }));
}

describe('onWake', () => {
  it.each([
    ['thaws', () => document.dispatchEvent(new Event('resume'))],
    ['is focused', () => window.dispatchEvent(new Event('focus'))],
    ['is online again', () => window.dispatchEvent(new Event('online'))],
    ['comes back from the back/forward cache (P2, P3)', () => show(true)],
  ])('calls back when the page %s', (_, happen) => {
    const listener = listen();
    happen();
    expect(listener).toHaveBeenCalledTimes(1);
    stop();
    happen();
    expect(listener).toHaveBeenCalledTimes(1);
  });

  it('calls back when the page becomes visible, not when it is hidden', () => {
    const hidden = vi.spyOn(document, 'hidden', 'get');
    const listener = listen();
    hidden.mockReturnValue(true);
    document.dispatchEvent(new Event('visibilitychange'));
    expect(listener).not.toHaveBeenCalled();
    hidden.mockReturnValue(false);
    document.dispatchEvent(new Event('visibilitychange'));
    expect(listener).toHaveBeenCalledTimes(1);
    stop();
    document.dispatchEvent(new Event('visibilitychange'));
    expect(listener).toHaveBeenCalledTimes(1);
  });

  it('is not misled by an element that is named hidden, which the document then shows instead (PPL-5)', () => {
    vi.spyOn(document, 'hidden', 'get').mockReturnValue(document.createElement('img') as never);
    const listener = listen();
    document.dispatchEvent(new Event('visibilitychange'));
    expect(listener).toHaveBeenCalledTimes(1);
  });

  it('takes the first show of a page that is still being loaded for no awakening, and any later one for one', () => {
    vi.spyOn(document, 'readyState', 'get').mockReturnValue('interactive');
    const listener = listen();
    show(false);
    expect(listener).not.toHaveBeenCalled();
    show(false);
    expect(listener).toHaveBeenCalledTimes(1);
    stop();
    const other = listen();
    show(true);
    expect(other).toHaveBeenCalledTimes(1);
  });

  it('takes every show of a page that was loaded long ago for an awakening', () => {
    vi.spyOn(document, 'readyState', 'get').mockReturnValue('complete');
    const listener = listen();
    show(false);
    expect(listener).toHaveBeenCalledTimes(1);
  });

  it('leaves nothing behind, and stops twice (C48)', () => {
    const counts = [document, window].map((target) => ({
      added: vi.spyOn(target, 'addEventListener'),
      removed: vi.spyOn(target, 'removeEventListener'),
    }));
    listen();
    stop();
    for (const { added, removed } of counts) {
      expect(added.mock.calls.length).toBeGreaterThan(0);
      expect(removed.mock.calls).toEqual(added.mock.calls);
    }
    expect(() => stop()).not.toThrow();
  });

  it('is inert where there is no page, as on a server (C47)', () => {
    const added = vi.spyOn(globalThis, 'addEventListener');
    vi.stubGlobal('document', undefined);
    listen();
    expect(added).not.toHaveBeenCalled();
    stop();
  });
});
