import { type Backend, memoryStore, RefreshRejectedError, SignInRejectedError, type TokenStore } from 'latchkey';
import type { FakeCredentials } from 'latchkey/testing';
import { createTabsWorld, type SimTab, type TabsWorld, type TabsWorldOptions } from '../../support/tabs.ts';
import type { Page } from '../../support/tabs-schedule.ts';
import { ALICE } from '../../support/world.ts';

/** What the browser keeps for the server, and no script sees. */
interface Cookie {
  readonly id: number;
  readonly user: string;
  readonly serial: number;
}

export interface CookieWorld extends TabsWorld {
  /** The cookie as it is now. */
  jar(): string | undefined;
  /** What reached the server, in order: `sign-in alice`, `refresh alice`, `log-out alice`; of nobody: `… nobody`. */
  readonly log: string[];
  /** Opens a tab of this kind. It keeps its access token in its own memory, unless told otherwise. */
  open(store?: TokenStore): SimTab;
  /** What happens to the next log-outs: the server does not get them. */
  losing: number;
}

/**
 * A browser whose refresh credential is a cookie. The cookie goes out with each request, and what an answer sets counts
 * whether or not the page that asked still lives. The server gives a new one with each refresh, and ends the session when
 * a spent one comes.
 */
export function createCookieWorld(options: TabsWorldOptions = {}): CookieWorld {
  const world = createTabsWorld(options);
  const serials = new Map<number, number>();
  const log: string[] = [];
  let jar: Cookie | undefined;
  let issued = 0;

  /** Kinds of tasks: `cookie sign-in` and `cookie sign-in answer`, and so on. */
  function travel<T>(
    page: Page,
    what: string,
    signal: AbortSignal,
    handle: (sent: Cookie | undefined) => { readonly set: Cookie | undefined; readonly value: T },
  ): Promise<T> {
    return new Promise((resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason));
      // The browser adds the cookie as it sends.
      const sent = jar;
      const isLost = what === 'log-out' && world_.losing > 0;
      if (isLost) world_.losing -= 1;
      const arrive = (): void => {
        if (isLost) {
          page.run(() => reject(new TypeError('Failed to fetch')));
          return;
        }
        let settle: () => void;
        let set: Cookie | undefined = sent;
        let isSet = false;
        try {
          const answer = handle(sent);
          settle = () => resolve(answer.value);
          set = answer.set;
          isSet = true;
        } catch (error) {
          settle = () => reject(error);
        }
        world.clock.add(`cookie ${what} answer`, page, () => {
          if (isSet) jar = set;
          page.run(settle);
        });
      };
      world.clock.add(`cookie ${what}`, page, arrive);
    });
  }

  function tokens(user: string): { accessToken: string } {
    issued += 1;
    const claims = { sub: user, exp: (world.clock.now() + 300_000) / 1000, jti: String(issued) };
    return { accessToken: `e30.${btoa(JSON.stringify(claims)).replace(/=+$/, '')}.sim` };
  }

  function backendOf(pageOf: () => Page): Backend<FakeCredentials> {
    return {
      credential: 'cookie',
      signIn: ({ username, password }, { signal }) =>
        travel(pageOf(), 'sign-in', signal, () => {
          log.push(`sign-in ${username}`);
          if (password !== 'right') throw new SignInRejectedError(401);
          const id = serials.size + 1;
          serials.set(id, 1);
          return { set: { id, user: username, serial: 1 }, value: tokens(username) };
        }),
      refresh: (_, { signal }) =>
        travel(pageOf(), 'refresh', signal, (sent) => {
          log.push(`refresh ${sent?.user ?? 'nobody'}`);
          const serial = serials.get(sent?.id ?? 0);
          if (!sent || serial === undefined) throw new RefreshRejectedError();
          if (serial !== sent.serial) {
            serials.delete(sent.id);
            throw new RefreshRejectedError();
          }
          serials.set(sent.id, serial + 1);
          return { set: { ...sent, serial: serial + 1 }, value: tokens(sent.user) };
        }),
      revoke: (_, { signal }) =>
        travel(pageOf(), 'log-out', signal, (sent) => {
          log.push(`log-out ${sent?.user ?? 'nobody'}`);
          if (sent) serials.delete(sent.id);
          return { set: undefined, value: undefined };
        }),
    };
  }

  const world_: CookieWorld = {
    ...world,
    jar: () => jar?.user,
    log,
    losing: 0,
    open(store = memoryStore()) {
      const tab: SimTab = world.openTab({ store, backend: backendOf(() => tab.page) });
      return tab;
    },
  };
  return world_;
}

/** Opens a tab of that kind and lets it restore. */
export async function openCookieTab(world: CookieWorld, store?: TokenStore): Promise<SimTab> {
  const tab = world.open(store);
  await world.until(tab.session.ready);
  await world.settle();
  return tab;
}

/** A tab in which Alice is signed in, with a log of what comes after that. */
export async function signedInByCookie(world: CookieWorld): Promise<SimTab> {
  const tab = await openCookieTab(world);
  await world.until(tab.session.signIn(ALICE));
  await world.settle();
  tab.events.length = 0;
  world.log.length = 0;
  return tab;
}
