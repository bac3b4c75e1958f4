/** What `/api/me/` says of the user. */
export interface User {
  readonly id: number;
  readonly username: string;
  readonly email: string;
}

/**
 * The lines of the profile, as pairs of name and value.
 *
 * @param user Undefined until it is loaded.
 * @param tokenExpiresAt In milliseconds since 1970.
 */
export function profileRows(
  user: User | undefined,
  tokenExpiresAt: number | undefined,
): readonly (readonly [name: string, value: string])[] {
  return [
    ['User name', user?.username ?? ''],
    ['E-mail', user?.email ?? ''],
    ['Access token until', tokenExpiresAt === undefined ? '' : timeOf(tokenExpiresAt)],
  ];
}

/** The time of day, for the reader. @param time In milliseconds since 1970. */
export function timeOf(time: number): string {
  return new Date(time).toLocaleTimeString([], { hour12: false });
}
