import { isClockWrong, isOffline, setClockWrong, setOffline } from './device.ts';
import { send } from './requests.ts';
import { server } from './settings.ts';
import { tellOthersToSend } from './tab.ts';

/** Why a server cannot be told to do something, by the id of the button; where there is no reason, it can. */
type Reasons = Readonly<Record<string, string>>;

const REASONS: Readonly<Record<typeof server, Reasons>> = {
  page: {},
  django: {
    expire: 'SimpleJWT cannot take an access token back: it reads the token, and asks nobody. Wait 20 seconds.',
    late: 'A real Django refuses before it begins to work: no refusal of it is late.',
  },
  flask: {
    expire: 'This Flask takes access tokens back with the session only. Wait 20 seconds.',
    late: 'A real Flask refuses before it begins to work: no refusal of it is late.',
  },
  oidc: {
    expire: 'This provider takes access tokens back with the session only. Wait 20 seconds.',
    late: 'A real provider refuses before it begins to work: no refusal of it is late.',
    outage: 'The provider cannot be told to fail. “Cut this device off” is the nearest.',
    'switch-user': 'This provider knows alice only.',
  },
};

/** Why a button does nothing here; undefined where it works. */
export function reasonAgainst(button: string): string | undefined {
  return REASONS[server][button];
}

/** Sends here and, if wanted, in all other tabs at the same moment. */
export function sendIn(isEverywhere: boolean, count: number): void {
  if (isEverywhere) tellOthersToSend(count);
  void send(count);
}

/** Has the server do something behind the back of the session; says what it did, in a few words. */
export async function command(name: 'expire' | 'revoke-all' | 'outage' | 'late' | 'prompt'): Promise<string> {
  if (name === 'outage' && server !== 'page') return await failForAMoment();
  await control(name);
  return {
    expire: 'The server refuses every access token from now on. The page does not know.',
    'revoke-all': 'The server refuses every token from now on. The next request ends the session.',
    outage: 'The server refuses the access tokens, and answers a refresh with 503 for 5 seconds.',
    late: 'One answer in ten comes 2 seconds late.',
    prompt: 'No answer is late.',
  }[name];
}

/** Connects the device, or cuts it off. */
export function toggleOffline(): string {
  setOffline(!isOffline());
  return isOffline() ? 'This device is cut off.' : 'This device is connected again.';
}

/** Sets the clock of the device two hours ahead, or right. */
export function toggleClock(): string {
  setClockWrong(!isClockWrong());
  return isClockWrong() ? 'The clock of this device is two hours ahead.' : 'The clock of this device is right.';
}

async function failForAMoment(): Promise<string> {
  await control('settings', { refreshStatus: 503, retryAfter: 3 });
  setTimeout(() => void control('settings', { refreshStatus: null, retryAfter: null }), 5000);
  return 'The server answers every refresh with 503 for 5 seconds.';
}

async function control(route: string, body: object = {}): Promise<void> {
  const headers = { 'Content-Type': 'application/json' };
  const { ok, status } = await fetch(`/_control/${route}`, { method: 'POST', headers, body: JSON.stringify(body) });
  if (!ok) throw new Error(`The server answered ${status}.`);
}
