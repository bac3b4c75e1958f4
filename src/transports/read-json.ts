import { isOneShot } from './one-shot.ts';

/**
 * What an answer holds, of whatever type its caller asked for: read already, or still as it came; undefined where it is no
 * JSON, or a stream, which can be read only once.
 */
export async function readJson(data: unknown): Promise<unknown> {
  try {
    if (typeof data === 'string') return JSON.parse(data);
    if (typeof Blob !== 'undefined' && data instanceof Blob) return JSON.parse(await data.text());
    if (data instanceof ArrayBuffer || ArrayBuffer.isView(data)) return JSON.parse(new TextDecoder().decode(data));
    return isOneShot(data) ? undefined : data;
  } catch {
    return undefined;
  }
}
