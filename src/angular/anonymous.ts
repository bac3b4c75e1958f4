import { HttpContextToken } from '@angular/common/http';

/**
 * Sends a request without a token, and without waiting for one. Default is false.
 *
 * @example
 * http.get('/api/news/', { context: new HttpContext().set(ANONYMOUS, true) })
 */
export const ANONYMOUS: HttpContextToken<boolean> = /* @__PURE__ */ new HttpContextToken<boolean>(() => false);
