import { createTestSession } from 'latchkey/testing';
import { useSession, useSessionState, useUser } from 'latchkey/vue';
import { createPinia, defineStore, type Pinia } from 'pinia';
import { describe, expect, it, vi } from 'vitest';
import { type Component, defineAsyncComponent, h, nextTick, Suspense, shallowRef } from 'vue';
import { hydrate } from './mount.ts';
import { expectNoComplaints } from './no-complaints.ts';
import { renderOnServer } from './on-server.ts';

const ALICE = { sub: '1', name: 'Alice' };
const ON_SERVER = '<p>restoring undefined</p>';
const complaints = expectNoComplaints();
const seen: string[] = [];

const Page = {
  setup() {
    const state = useSessionState();
    const user = useUser();
    return () => {
      seen.push(state.value.status);
      return h('p', `${state.value.status} ${user.value?.name}`);
    };
  },
};

/** What a server makes of it, then a page in which somebody is signed in. */
async function both(root: Component): Promise<{ html: string; text: () => string; element: HTMLElement }> {
  const session = createTestSession({ user: ALICE });
  const html = await renderOnServer(root, session);
  seen.length = 0;
  return { html, ...hydrate(html, root, session) };
}

describe('a page that a server rendered', () => {
  it('is taken over as it is, though somebody is signed in, and then shows them', async () => {
    const { html, text, element } = await both(Page);
    const [paragraph] = element.children;
    expect(html).toBe(ON_SERVER);
    expect(text()).toBe('restoring undefined');
    await nextTick();
    await nextTick();
    expect(text()).toBe('signed-in Alice');
    expect(seen).toEqual(['restoring', 'signed-in']);
    expect(element.children[0]).toBe(paragraph);
  });

  it('is found wrong by Vue where a component does not ask the binding: these tests can fail', async () => {
    await both({
      setup: () => {
        const state = useSession().getState();
        return () => h('p', 'document' in globalThis ? state.status : 'restoring');
      },
    });
    expect(complaints.take()).toContain('Hydration');
  });

  it('is right at once in what is mounted afterwards', async () => {
    const session = createTestSession({ user: ALICE });
    const Later = { render: () => (isOpen ? h(Page) : h('i')) };
    let isOpen = false;
    const page = hydrate(await renderOnServer(Later, session), Later, session);
    await nextTick();
    seen.length = 0;
    isOpen = true;
    page.app._instance?.proxy?.$forceUpdate();
    await nextTick();
    expect(seen).toEqual(['signed-in']);
  });

  it('follows a session that is still restored then', async () => {
    const session = createTestSession({ restoring: true });
    const page = hydrate(await renderOnServer(Page, session), Page, session);
    await nextTick();
    expect(page.text()).toBe('restoring undefined');
    await session.finishRestoring();
    await nextTick();
    expect(page.text()).toBe('signed-out undefined');
  });

  it('may have an async setup, below Suspense', async () => {
    const gates: (() => void)[] = [];
    const Slow = {
      async setup() {
        const render = Page.setup();
        if ('document' in globalThis) await new Promise<void>((resolve) => gates.push(resolve));
        return render;
      },
    };
    const { text, element } = await both({ render: () => h(Suspense, () => h(Slow)) });
    await nextTick();
    await nextTick();
    expect(element.innerHTML).toBe(ON_SERVER);
    expect(seen).toEqual([]);
    gates[0]?.();
    await vi.waitFor(() => expect(text()).toBe('signed-in Alice'));
    expect(seen).toEqual(['restoring', 'signed-in']);
  });

  it('may be taken over late, in parts', async () => {
    let arrive = (_: Component): void => {};
    const Lazy = defineAsyncComponent<Component>(() =>
      'document' in globalThis
        ? new Promise<Component>((resolve) => {
            arrive = resolve;
          })
        : Promise.resolve<Component>(Page),
    );
    const session = createTestSession({ user: ALICE });
    const root = { render: () => h('div', [h(Page), h(Lazy)]) };
    const html = await renderOnServer({ render: () => h('div', [h(Page), h(Page)]) }, session);
    seen.length = 0;
    const page = hydrate(html, root, session);
    await vi.waitFor(() => expect(page.text()).toBe('signed-in Alicerestoring undefined'));
    arrive(Page);
    await vi.waitFor(() => expect(page.text()).toBe('signed-in Alicesigned-in Alice'));
    expect(seen).toEqual(['restoring', 'signed-in', 'restoring', 'signed-in']);
  });

  it('may ask while it renders, as a functional component does', async () => {
    const Greeting = () => h('p', `${useSessionState().value.status} ${useUser().value?.name}`);
    const { html, text } = await both({ render: () => h(Greeting) });
    expect(html).toBe(ON_SERVER);
    await vi.waitFor(() => expect(text()).toBe('signed-in Alice'));
  });

  it('may ask through a Pinia store, which keeps nothing of the user in what is sent', async () => {
    const useAccount = defineStore('account', () => ({ state: useSessionState(), user: useUser() }));
    const Account = {
      setup() {
        const account = useAccount();
        return () => h('p', `${account.state.status} ${(account.user as typeof ALICE | undefined)?.name}`);
      },
    };
    const session = createTestSession({ user: ALICE });
    const onServer: Pinia = createPinia();
    const html = await renderOnServer(Account, session, (app) => app.use(onServer));
    expect(html).toBe(ON_SERVER);
    expect(JSON.stringify(onServer.state.value)).toBe('{"account":{}}');

    const inPage = createPinia();
    inPage.state.value = JSON.parse(JSON.stringify(onServer.state.value));
    const page = hydrate(html, Account, session, (app) => app.use(inPage));
    await vi.waitFor(() => expect(page.text()).toBe('signed-in Alice'));
    expect(JSON.stringify(inPage.state.value)).toBe('{"account":{}}');
  });

  it('leaves a store behind that knows who is signed in, when the component that made it leaves before it is mounted', async () => {
    const useAccount = defineStore('account', () => ({ state: useSessionState() }));
    const isShown = shallowRef(true);
    const Slow = {
      async setup() {
        useAccount();
        if ('document' in globalThis) await new Promise(() => {});
        return () => h('p', 'slow');
      },
    };
    const root = { render: () => h('div', isShown.value ? [h(Suspense, () => h(Slow))] : []) };
    const session = createTestSession({ user: ALICE });
    const html = await renderOnServer(root, session, (app) => app.use(createPinia()));
    const page = hydrate(html, root, session, (app) => app.use(createPinia()));
    await nextTick();
    const account = page.app.runWithContext(() => useAccount());
    expect(account.state.status).toBe('restoring');
    isShown.value = false;
    await nextTick();
    expect(account.state.status).toBe('signed-in');
  });
});
