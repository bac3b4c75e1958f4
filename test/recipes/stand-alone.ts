/** Lets React render by itself, as it does for a user, when a cache or a session says something; no test waits in `act` for that. */
export function standAlone(isAlone: boolean): void {
  (globalThis as { IS_REACT_ACT_ENVIRONMENT?: boolean }).IS_REACT_ACT_ENVIRONMENT = !isAlone;
}
