/** Whether a body is a stream: it is read as it is sent, and the second time it would be empty (C15). */
export function isOneShot(body: unknown): boolean {
  if (typeof body !== 'object' || body === null) return false;
  const stream = body as { pipe?: unknown; getReader?: unknown };
  return typeof stream.pipe === 'function' || typeof stream.getReader === 'function' || Symbol.asyncIterator in body;
}
