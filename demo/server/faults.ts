/** What is wrong with the server at present; kept where all tabs see it. */
const KEYS = { down: 'latchkey-demo-down-until', late: 'latchkey-demo-prompt' } as const;
/** How long a refresh answers 503, in milliseconds. */
const OUTAGE = 5000;
/** What the 503 says of when to come back, in seconds. */
export const RETRY_AFTER = 3;
/** How much later a late answer comes, in milliseconds. */
const LATE = 1900;

/** From now on, and for a moment, a refresh is answered with 503. */
export function takeDown(): void {
  localStorage.setItem(KEYS.down, String(Date.now() + OUTAGE));
}

export function isDown(): boolean {
  return Date.now() < Number(localStorage.getItem(KEYS.down));
}

/** Whether one in ten answers comes late, as on a busy connection. It is so from the start. */
export function answersLate(): boolean {
  return localStorage.getItem(KEYS.late) === null;
}

export function setAnswersLate(on: boolean): void {
  if (on) localStorage.removeItem(KEYS.late);
  else localStorage.setItem(KEYS.late, '1');
}

/** How long an answer takes, in milliseconds: no two requests take the same, and the same one always as long. */
export function timeFor(url: URL): number {
  const number = Number(url.searchParams.get('n') ?? -1);
  const isLate = number % 10 === 7 && answersLate();
  return 150 + (((number + 1) * 97) % 400) + (isLate ? LATE : 0);
}
