import { HttpResponse, http } from 'msw';
import { setupServer } from 'msw/node';

/** What was sent to the server of the documentation, as `METHOD path`. */
export const sent: string[] = [];

const encode = (value: object): string => btoa(JSON.stringify(value)).replace(/=+$/, '');
const token = (lifetime: number): string => {
  const iat = Math.floor(Date.now() / 1000);
  return `${encode({ alg: 'none' })}.${encode({ sub: 'alice', user_id: 1, iat, exp: iat + lifetime })}.x`;
};

/** What the profile says of Alice. */
const profile = { username: 'alice', phone: '1' };

/** `https://api.example.com` as the documentation imagines it: SimpleJWT, a profile, and a server of one's own. */
export const apiExample = setupServer(
  http.post('https://api.example.com/auth/token/', async ({ request }) => {
    const { password } = (await request.json()) as { password: string };
    return password === 'alice-pass-1'
      ? HttpResponse.json({ access: token(300), refresh: token(3600) })
      : HttpResponse.json({ detail: 'No active account found with the given credentials' }, { status: 401 });
  }),
  http.post('https://api.example.com/auth/register/', () =>
    HttpResponse.json({ access: token(300), refresh: token(3600) }),
  ),
  http.post('https://api.example.com/auth/token/refresh/', () => HttpResponse.json({ access: token(300) })),
  http.post('https://api.example.com/auth/token/blacklist/', () => HttpResponse.json({})),
  http.post('https://api.example.com/login', () =>
    HttpResponse.json({ data: { 'access token': 'opaque', renewal: 'r1', seconds: 60 } }),
  ),
  http.post('https://api.example.com/renew', () => HttpResponse.json({ ok: false, message: 'It is over.' })),
  http.get('https://api.example.com/api/me/', ({ request }) =>
    request.headers.get('Authorization')?.startsWith('Bearer ey')
      ? HttpResponse.json(profile)
      : HttpResponse.json({ detail: 'no' }, { status: 401 }),
  ),
  http.patch('https://api.example.com/api/me/', async ({ request }) => {
    Object.assign(profile, await request.json());
    return HttpResponse.json(profile);
  }),
  http.post('https://api.example.com/auth/password/', () =>
    HttpResponse.json({ access: token(300), refresh: token(7200) }),
  ),
);
apiExample.events.on('request:start', ({ request }) => {
  const url = new URL(request.url);
  if (request.method !== 'OPTIONS') sent.push(`${request.method} ${url.pathname}`);
});
