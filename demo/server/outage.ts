/** Until when the server cannot refresh; kept where all tabs see it. */
const DOWN_UNTIL = 'latchkey-demo-down-until';
/** In milliseconds. */
const OUTAGE = 5000;

/** From now on, and for a moment, the server answers 503. */
export function takeDown(): void {
  localStorage.setItem(DOWN_UNTIL, String(Date.now() + OUTAGE));
}

export function isDown(): boolean {
  return Date.now() < Number(localStorage.getItem(DOWN_UNTIL));
}
