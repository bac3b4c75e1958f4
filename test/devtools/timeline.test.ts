import { readFileSync } from 'node:fs';
import { traceText } from 'latchkey';
import { defineTimeline, type SessionTimeline } from 'latchkey/devtools';
import { createTestSession, type TestSession } from 'latchkey/testing';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';

let session: TestSession;
let timeline: SessionTimeline;

beforeAll(() => defineTimeline());
beforeEach(() => {
  session = createTestSession({ user: { sub: 'alice-7', username: 'alice' } });
  timeline = document.createElement('latchkey-timeline');
  document.body.append(timeline);
});
afterEach(() => {
  timeline.remove();
  session.dispose();
});

const root = (): ShadowRoot => timeline.shadowRoot as ShadowRoot;
const rows = (): string[] =>
  [...root().querySelectorAll('tbody tr')].map((row) =>
    [...row.children].map(({ textContent }) => textContent?.trim()).join(' | '),
  );
const button = (name: string): HTMLButtonElement => {
  const found = [...root().querySelectorAll('button')].find(({ textContent }) => textContent === name);
  if (!found) throw new Error(`There is no button '${name}'.`);
  return found;
};

describe('<latchkey-timeline>', () => {
  it('shows decisions and events, newest first, each in its lane', async () => {
    timeline.session = session;
    await session.refresh();
    expect(rows().map((row) => row.split(' | ').slice(0, 2).join(': '))).toEqual([
      'Events: refreshed',
      'Refresh: refresh-committed',
      'Refresh: refresh-sent',
      ...session
        .trace()
        .slice(0, -2)
        .map(({ step }) => expect.stringContaining(step)),
    ]);
  });

  it('shows what nobody was told of, when it looks again', async () => {
    timeline.session = session;
    const before = rows().length;
    vi.spyOn(session, 'trace').mockReturnValue([
      ...session.trace(),
      { at: session.clock.now(), step: 'woken', detail: undefined },
    ]);
    expect(rows()).toHaveLength(before);
    await session.clock.advance(500);
    expect(rows()).toHaveLength(before + 1);
    expect(rows()[0]).toBe('Tabs | woken |  | now');
  });

  it('says how long ago each was, and changes no row for that', async () => {
    timeline.session = session;
    await session.refresh();
    const row = root().querySelector('tbody tr');
    for (const [time, text] of [
      [3000, '3 s ago'],
      [60_000, '1 min ago'],
    ] as const) {
      await session.clock.advance(time);
      expect([...root().querySelectorAll('time')].some(({ textContent }) => textContent === text)).toBe(true);
    }
    expect(row?.isConnected).toBe(true);
    const [at, step] = [session.clock.now() - 7_200_000, 'woken'] as const;
    vi.spyOn(session, 'trace').mockReturnValue([{ at, step, detail: undefined }]);
    await session.clock.advance(500);
    expect(rows().at(-1)).toBe('Tabs | woken |  | 2 h ago');
  });

  it('hides a lane and shows it again', async () => {
    timeline.session = session;
    await session.refresh();
    const all = rows();
    button('Refresh').click();
    expect(button('Refresh').getAttribute('aria-pressed')).toBe('false');
    expect(rows().length).toBeGreaterThan(0);
    expect(rows().filter((row) => row.startsWith('Refresh'))).toEqual([]);
    button('Refresh').click();
    expect(rows()).toEqual(all);
  });

  it('copies the trace as text, and shows it where it may not', async () => {
    timeline.session = session;
    const write = vi.spyOn(navigator.clipboard, 'writeText').mockResolvedValueOnce();
    button('Copy as text').click();
    await vi.waitFor(() => expect(root().querySelector('[role=status]')?.textContent).toBe('Copied.'));
    expect(write).toHaveBeenCalledExactlyOnceWith(traceText(session));

    write.mockRejectedValueOnce(new Error('denied'));
    button('Copy as text').click();
    await vi.waitFor(() => expect(root().querySelector('textarea')?.value).toBe(traceText(session)));
    expect(root().querySelector('textarea')?.hidden).toBe(false);
  });

  it('says that there is no session, and nothing of one that was taken away', async () => {
    await session.refresh();
    expect(root().querySelector('p')?.textContent).toBe('No session.');
    expect(button('Copy as text').disabled).toBe(true);
    timeline.session = session;
    expect(rows().length).toBeGreaterThan(0);
    timeline.session = undefined;
    expect(rows()).toEqual([]);
    expect(root().querySelector('p')?.textContent).toBe('No session.');
  });

  it('takes a session that was set before it was defined', async () => {
    await session.refresh();
    const early = document.createElement('latchkey-early') as SessionTimeline;
    early.session = session;
    defineTimeline('latchkey-early');
    const late = document.createElement('latchkey-early') as SessionTimeline;
    // What an upgrade finds: a property of the element itself, which hides that of the class.
    Object.defineProperty(late, 'session', { value: session, configurable: true, writable: true });
    document.body.append(late);
    expect(late.shadowRoot?.querySelectorAll('tbody tr').length).toBeGreaterThan(0);
    expect(Object.hasOwn(late, 'session')).toBe(false);
    late.remove();
  });

  it('refuses what is no session', () => {
    expect(() => {
      timeline.session = {} as never;
    }).toThrow('session must be one that createSession() gave');
  });

  it('looks at nothing once it has left the page, and again when it is back', async () => {
    timeline.session = session;
    timeline.remove();
    const before = rows();
    const look = vi.spyOn(session, 'trace');
    await session.refresh();
    await session.clock.advance(5000);
    expect(look).not.toHaveBeenCalled();
    expect(rows()).toEqual(before);
    document.body.append(timeline);
    expect(rows().length).toBeGreaterThan(before.length);
  });

  it('is defined once, however often it is asked for', () => {
    const before = customElements.get('latchkey-timeline');
    defineTimeline();
    expect(customElements.get('latchkey-timeline')).toBe(before);
  });
});

describe('what <latchkey-timeline> shows', () => {
  it('has no token and no user in it (EVT-1)', async () => {
    timeline.session = session;
    const tokens = [await session.getAccessToken()];
    await session.refresh();
    tokens.push(await session.getAccessToken());
    await session.revoke();
    await session.signIn({ username: 'bob', password: 'right' });
    tokens.push(await session.getAccessToken());
    await session.signOut();
    const shown = root().innerHTML + traceText(session);
    expect(rows().length).toBeGreaterThan(8);
    expect(tokens.every((token) => token !== undefined && token.length > 8)).toBe(true);
    for (const secret of [...tokens, 'alice', 'bob']) expect(shown).not.toContain(secret);
  });

  it('is text: what looks like markup is none', () => {
    vi.spyOn(session, 'trace').mockReturnValue([
      { at: session.clock.now(), step: 'refresh-rejected', detail: '<img src=x onerror=alert(1)>' },
    ]);
    timeline.session = session;
    expect(root().querySelector('img')).toBe(null);
    expect(rows()[0]).toContain('<img src=x');
  });

  it('has neither a <style> nor a style attribute, which a policy may forbid', () => {
    timeline.session = session;
    expect(root().querySelectorAll('style, [style]')).toHaveLength(0);
    expect(root().adoptedStyleSheets).toHaveLength(1);
  });

  it('survives a time that is none', () => {
    vi.spyOn(session, 'trace').mockReturnValue([{ at: Number.NaN, step: 'woken', detail: undefined }]);
    timeline.session = session;
    expect(rows()).toHaveLength(1);
  });
});

it('costs nothing where it is not imported: no other door leads to it', () => {
  const doors = ['index', 'axios', 'fetch', 'backends', 'oauth2', 'react', 'vue', 'angular', 'testing'];
  for (const door of doors) expect(readFileSync(`src/${door}.ts`, 'utf8')).not.toContain('devtools');
});
