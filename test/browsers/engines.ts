import { startChromium } from './engines/chromium.ts';
import type { EngineName, Launched, Profile, Start } from './engines/engine.ts';
import { startFirefox } from './engines/firefox.ts';
import { startWebkit } from './engines/webkit.ts';

export type { EngineName, Tab } from './engines/engine.ts';

/** One browser with one profile: its tabs share cookies, storage and locks. */
export interface Engine extends Profile, Pick<Launched, 'version' | 'can'> {
  readonly name: EngineName;
  /** Closes every tab. What is opened from now on shares nothing with what was before. */
  renew(): Promise<void>;
}

const STARTERS: Readonly<Record<EngineName, (start: Start) => Promise<Launched>>> = {
  chromium: startChromium,
  firefox: startFirefox,
  webkit: startWebkit,
};

/** The engines that this machine can have: WebKitGTK is for Linux. */
export const ENGINES: readonly EngineName[] =
  process.platform === 'linux' ? ['chromium', 'firefox', 'webkit'] : ['chromium', 'firefox'];

/**
 * Starts a browser. The caller closes it; if this process dies before, it ends by itself.
 *
 * @throws {Error} when it is not here; the message names the command that installs it.
 */
export async function launchEngine(name: EngineName, start: Start = {}): Promise<Engine> {
  const { version, can, ...launched } = await STARTERS[name](start);
  let profile = await launched.profile().catch(async (error) => {
    await launched.close();
    throw error;
  });
  return {
    name,
    version,
    can,
    open: (url, options) => profile.open(url, options),
    offline: (isOffline) => profile.offline(isOffline),
    async renew() {
      await profile.close();
      profile = await launched.profile();
    },
    async close() {
      try {
        await profile.close();
      } finally {
        await launched.close();
      }
    },
  };
}
