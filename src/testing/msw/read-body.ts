/** The body of a request, as far as a server understands it. */
export interface Body {
  /** As it was sent, without parameters, in lower case; empty where it was not. */
  readonly contentType: string;
  /** Undefined where it could not be read. */
  readonly value: unknown;
}

/** Reads JSON and forms, as Django REST framework does; nothing else is understood. */
export async function readBody(request: Request): Promise<Body> {
  const header = request.headers.get('Content-Type') ?? '';
  const contentType = (header.split(';', 1)[0] ?? '').trim().toLowerCase();
  try {
    if (contentType === 'multipart/form-data') {
      return { contentType, value: Object.fromEntries(await request.clone().formData()) };
    }
    const text = await request.clone().text();
    if (contentType === 'application/x-www-form-urlencoded') {
      return { contentType, value: Object.fromEntries(new URLSearchParams(text)) };
    }
    return { contentType, value: text === '' ? {} : JSON.parse(text) };
  } catch {
    return { contentType, value: undefined };
  }
}
