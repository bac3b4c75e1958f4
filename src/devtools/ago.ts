/** How long ago something was, for a reader. `time` is in milliseconds. */
export function ago(time: number): string {
  // A clock that was set back makes it lie in the future.
  const seconds = Math.max(time, 0) / 1000;
  if (seconds < 1) return 'now';
  if (seconds < 60) return `${Math.floor(seconds)} s ago`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  return `${Math.floor(seconds / 3600)} h ago`;
}
