// @vitest-environment node
// The document goes from under the engine: nothing throws, and whoever is left goes on.
import { describe, expect, it } from 'vitest';
import { ENGINES, type Tab } from './engines.ts';
import { BLACKLIST, eventually, NEVER, REFRESH, realTabs } from './real-tabs.ts';

describe.concurrent.each(ENGINES)('%s', (name) => {
  describe.sequential('a page', () => {
    const tabs = realTabs(name);

    it('in a frame that is removed in the middle of a refresh throws nothing, and the next tab goes on (P5, L2)', async () => {
      const { django, elsewhere } = tabs;
      const [next] = await tabs.signedIn(1, 'settleTime=400');
      await django.set({ refreshStatus: 503, refreshDelayMs: NEVER });
      await next.goto(elsewhere);
      await next.run(keepErrors);
      await next.run(async (url) => {
        const frame = document.body.appendChild(document.createElement('iframe'));
        frame.src = url;
        await new Promise((resolve) => frame.addEventListener('load', resolve));
        const { tab: inner } = frame.contentWindow as unknown as Window & { tab: typeof tab };
        await inner.state();
        Object.assign(globalThis, { frame, inner });
        void inner.refresh();
      }, tabs.url('settleTime=400'));
      await tabs.refreshes(1);
      const after = await next.run(() => {
        const { frame, inner } = globalThis as unknown as { frame: Element; inner: typeof tab };
        frame.remove();
        void inner.refresh();
        void inner.send(1);
        inner.session.dispose();
        return inner.session.getState().status;
      });
      expect(after).toBe('signed-in');
      await django.set({ refreshStatus: null, refreshDelayMs: 0 });
      const other = await tabs.open('settleTime=400');
      expect(await other.run(() => tab.refresh())).toBe('refreshed');
      expect(await errorsOf(next)).toEqual([]);
    });

    it('whose document is written anew keeps its session (P5)', async () => {
      const { django } = tabs;
      const [written, other] = await tabs.signedIn(2);
      await written.run(() => {
        document.open();
        document.write('<!doctype html><title>anew</title>');
        document.close();
      });
      await written.run(keepErrors);
      expect(await written.run(() => tab.refresh())).toBe('refreshed');
      expect(await written.run(() => tab.send(2))).toEqual([200, 200]);
      expect(await django.count(REFRESH)).toBe(1);
      await other.run(() => tab.signOut());
      expect(await written.run(() => tab.until('signed-out'))).toMatchObject({ reason: 'other-tab' });
      expect(await errorsOf(written)).toEqual([]);
    });

    it('whose app uses its session while it is unloaded throws nothing, and is signed out in every tab (P5, OUT-9)', async () => {
      const { django, elsewhere } = tabs;
      const [leaving, other] = await tabs.signedIn(2);
      await leaving.run(keepErrors);
      await leaving.run(() => {
        for (const type of ['beforeunload', 'unload']) {
          addEventListener(type, () => {
            void tab.refresh();
            void tab.send(1);
            tab.session.getState();
          });
        }
        addEventListener('pagehide', () => void tab.signOut());
      });
      await leaving.goto(elsewhere);
      // A page that goes away clears the store, and may have no time to write down why.
      expect(await other.run(() => tab.until('signed-out'))).toMatchObject({
        reason: expect.stringMatching(/^(other-tab|storage-cleared)$/),
      });
      await eventually(async () => (await django.count(BLACKLIST)) > 0);
      expect(await errorsOf(leaving)).toEqual([]);
    });
  });
});

/** Writes what goes wrong in the page where it outlives the page. */
function keepErrors(): void {
  const keep = (what: unknown): void => localStorage.setItem(`error ${localStorage.length}`, String(what));
  addEventListener('error', ({ message }) => keep(message));
  addEventListener('unhandledrejection', ({ reason }) => keep(reason));
}

function errorsOf(one: Tab): Promise<string[]> {
  return one.run(() =>
    Object.entries(localStorage).flatMap(([key, text]) => (key.startsWith('error ') ? [String(text)] : [])),
  );
}
