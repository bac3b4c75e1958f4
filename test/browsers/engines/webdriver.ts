/** One session of a WebDriver: the few commands of the protocol that tabs need. */
export interface Session {
  readonly version: string;
  /** A command of the session, such as `POST`, `window/new`. */
  send(method: 'GET' | 'POST' | 'DELETE', command: string, body?: object): Promise<unknown>;
  /** A command for one window. A session has one current window, so this takes turns with every other. */
  sendTo(handle: string, method: 'GET' | 'POST' | 'DELETE', command: string, body?: object): Promise<unknown>;
}

/**
 * Opens a session.
 *
 * @param driver The URL of the driver, without a slash at the end.
 */
export async function openSession(driver: string, capabilities: object): Promise<Session> {
  const opened = await request('POST', `${driver}/session`, { capabilities: { alwaysMatch: capabilities } });
  const { sessionId, capabilities: agreed } = opened as {
    sessionId: string;
    capabilities: { browserVersion: string };
  };
  const send: Session['send'] = (method, command, body) =>
    request(method, `${driver}/session/${sessionId}/${command}`, body);
  let last: Promise<unknown> = Promise.resolve();
  return {
    version: agreed.browserVersion,
    send,
    sendTo(handle, ...command) {
      const turn = last.then(async () => {
        await send('POST', 'window', { handle });
        return send(...command);
      });
      last = turn.catch(() => {});
      return turn;
    },
  };
}

/** Whether a driver answers, and takes a session. */
export async function isReady(driver: string): Promise<boolean> {
  const status = await request('GET', `${driver}/status`).catch(() => undefined);
  return (status as { ready: boolean } | undefined)?.ready === true;
}

async function request(method: string, url: string, body: object = {}): Promise<unknown> {
  const answer = await fetch(url.replace(/\/$/, ''), { method, body: method === 'POST' ? JSON.stringify(body) : null });
  const { value } = (await answer.json()) as { value: unknown };
  if (answer.ok) return value;
  const { error, message } = value as { error: string; message: string };
  throw new Error(`${error}: ${message} (${method} ${url})`);
}
