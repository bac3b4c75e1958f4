import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A page in the sidebar: its title, and its path from the root of the site, without `.md`. */
export interface Entry {
  readonly text: string;
  readonly link: string;
}

/** A group of the sidebar. */
export interface Group {
  readonly text: string;
  readonly collapsed?: boolean;
  readonly items: Entry[];
}

const docs = join(import.meta.dirname, '..');

/** What TypeDoc writes a page for: each door of the package. */
const doors = Object.entries(
  (JSON.parse(readFileSync(join(docs, '../package.json'), 'utf8')) as { exports: Record<string, string | object> })
    .exports,
).flatMap(([path, target]) => (typeof target === 'string' ? [] : [`latchkey${path.slice(1)}`]));

/** All pages of the site but the start page, in the order in which they are to be read. */
export const sidebar: Group[] = [
  {
    text: 'Quick start',
    items: [
      { text: 'Why', link: '/why' },
      { text: 'React', link: '/quick-start/react' },
      { text: 'Vue', link: '/quick-start/vue' },
      { text: 'Angular', link: '/quick-start/angular' },
      { text: 'Without a framework', link: '/quick-start/plain' },
      { text: 'A Django to try it with', link: '/quick-start/django' },
    ],
  },
  {
    text: 'Guide',
    items: [
      { text: 'Where tokens live', link: '/stores' },
      { text: 'Signing in and out', link: '/sign-in' },
      { text: 'The life of a session', link: '/life' },
      { text: 'Events and reasons', link: '/events' },
      { text: 'Errors', link: '/errors' },
      { text: 'Several tabs', link: '/tabs' },
      { text: 'How tabs refresh once', link: '/tabs-protocol' },
      { text: 'Step-up', link: '/step-up' },
      { text: 'What is wrong', link: '/diagnose' },
      { text: 'The timeline', link: '/devtools' },
      { text: 'Testing your app', link: '/testing' },
    ],
  },
  {
    text: 'Frameworks',
    items: [
      { text: 'React', link: '/react' },
      { text: 'Vue', link: '/vue' },
      { text: 'Angular', link: '/angular' },
    ],
  },
  {
    text: 'Servers',
    items: [
      { text: 'Django, SimpleJWT', link: '/servers/simplejwt' },
      { text: 'Django, djoser', link: '/servers/djoser' },
      { text: 'Flask-JWT-Extended', link: '/servers/flask-jwt-extended' },
      { text: 'OAuth 2.0, OpenID Connect', link: '/servers/oauth' },
      { text: 'After a social sign-in', link: '/social-sign-in' },
      { text: 'Your own', link: '/your-own' },
    ],
  },
  { text: 'Recipes', items: pagesIn('recipes') },
  { text: 'Migration', items: [...pagesIn('.', /^migration.*\.md$/), ...pagesIn('migration')] },
  {
    text: 'Background',
    items: [
      { text: 'What stops which attack', link: '/security' },
      { text: 'A JWT and a Django session', link: '/one-session' },
      { text: 'The proof, step by step', link: '/proof' },
      { text: 'Numbers', link: '/numbers' },
    ],
  },
  {
    text: 'API reference',
    collapsed: true,
    items: [{ text: 'All doors', link: '/api/' }, ...doors.map((door) => ({ text: door, link: `/api/${door}` }))],
  },
].filter(({ items }) => items.length > 0);

/** The pages of a folder, by name, each called what its first heading says; none where there is no such folder. */
function pagesIn(folder: string, name = /\.md$/): Entry[] {
  const path = join(docs, folder);
  const files =
    readdirSync(docs).includes(folder) || folder === '.' ? readdirSync(path).filter((file) => name.test(file)) : [];
  // An index leads its folder.
  const order = (file: string): string => (file === 'index.md' ? '' : file);
  return files
    .sort((one, other) => order(one).localeCompare(order(other)))
    .map((file) => ({
      text: /^# (.+)$/m.exec(readFileSync(join(path, file), 'utf8'))?.[1]?.replaceAll('`', '') ?? file,
      link: `/${join(folder, file).replace(/(?:index)?\.md$/, '')}`,
    }));
}
