import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { Locator, Page } from 'playwright-core';

/** The demo as a user starts it. */
export interface RunningDemo {
  readonly url: string;
  stop(): Promise<void>;
}

/** Starts the demo with the flags of its command line. The caller stops it. */
export async function startDemo(...flags: readonly string[]): Promise<RunningDemo> {
  const process = spawnDemo(...flags);
  for await (const line of createInterface(process.stdout as Readable)) {
    const url = /http:\S+/.exec(line)?.[0];
    if (url === undefined) continue;
    return {
      url,
      async stop() {
        if (process.exitCode === null && process.kill('SIGTERM')) await once(process, 'exit');
      },
    };
  }
  throw new Error('The demo ended before it said where it is. Run: node demo/serve.mjs');
}

/** The same, without waiting for it. */
export function spawnDemo(...flags: readonly string[]): ChildProcess {
  return spawn(process.execPath, [fileURLToPath(new URL('../../demo/serve.mjs', import.meta.url)), ...flags], {
    // No window is opened there, and no page is reloaded because somebody saves a file.
    env: { ...process.env, CI: '1' },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
}

/** What a reader of the page does and sees. */
export interface DemoPage {
  readonly page: Page;
  ready(): Promise<void>;
  signIn(password?: string): Promise<void>;
  press(name: string): Promise<void>;
  /** The same, and another button as soon as the page says this: in the page itself, where no time is lost between. */
  pressBoth(name: string, text: string, next: string): Promise<void>;
  /** Resolves when the page says this. */
  said(text: string): Promise<void>;
  /** Resolves when a number of the page is this one. The browser writes its record of refreshes a moment later. */
  shows(client: 'latchkey' | 'copied', count: Count, number: number): Promise<void>;
  number(client: 'latchkey' | 'copied', count: Count): Promise<number>;
  /** The lines of the timeline that say this. */
  timeline(what: string): Locator;
}

type Count = 'refreshes' | 'answered' | 'failed' | 'ends';

export function drive(page: Page): DemoPage {
  const cell = (client: string, count: Count): Locator => page.locator(`#${client} [data-count=${count}]`);
  return {
    page,
    ready: () => page.locator('#page[aria-busy=false]').waitFor(),
    async signIn(password = 'alice-pass-1') {
      await page.getByLabel('Password').fill(password);
      await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    },
    press: (name) => page.getByRole('button', { name, exact: true }).click(),
    pressBoth: (...words) =>
      page.evaluate(async ([name, text, next]) => {
        const buttons = [...document.querySelectorAll('button')];
        const click = (label: string): void =>
          (buttons.find((button) => label === (button.ariaLabel ?? button.textContent)) as HTMLElement).click();
        click(name);
        while (!document.querySelector('#said')?.textContent?.includes(text)) {
          await new Promise((resolve) => setTimeout(resolve, 10));
        }
        click(next);
      }, words),
    said: (text) => page.locator('#said', { hasText: text }).waitFor(),
    shows: (client, count, number) =>
      page
        .locator(`#${client} [data-count=${count}]`, { hasText: new RegExp(`^${number.toLocaleString('en')}$`) })
        .waitFor(),
    number: async (client, count) => Number((await cell(client, count).textContent())?.replace(',', '')),
    timeline: (what) => page.locator(`latchkey-timeline tr[data-what="${what}"]`),
  };
}
