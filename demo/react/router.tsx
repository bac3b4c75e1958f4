import { createHashRouter, type LoaderFunctionArgs, replace } from 'react-router';
import { safeNext, signInQuery } from '../shared/next.ts';
import { session } from '../shared/session.ts';
import { Guarded } from './guarded.tsx';
import { Items } from './items.tsx';
import { Layout, Restoring } from './layout.tsx';
import { Profile } from './profile.tsx';
import { SignIn } from './sign-in.tsx';

/** Lets nobody in before it is known who they are; whoever is nobody signs in first. */
async function demandSignIn({ request }: LoaderFunctionArgs): Promise<undefined> {
  await session.ready;
  if (session.getState().status === 'signed-in') return;
  const { pathname, search } = new URL(request.url);
  throw replace(`/sign-in${signInQuery(pathname + search)}`);
}

/** The form is for those who are not signed in. */
async function sendOn({ request }: LoaderFunctionArgs): Promise<undefined> {
  await session.ready;
  if (session.getState().status !== 'signed-in') return;
  throw replace(safeNext(new URL(request.url).searchParams.get('next')));
}

export const router: ReturnType<typeof createHashRouter> = createHashRouter([
  {
    Component: Layout,
    HydrateFallback: Restoring,
    children: [
      { path: 'sign-in', loader: sendOn, Component: SignIn },
      {
        loader: demandSignIn,
        Component: Guarded,
        children: [
          { path: 'items', Component: Items },
          { path: 'profile', Component: Profile },
        ],
      },
      // It is never shown; without an element, the router warns of an empty page.
      { path: '*', loader: () => replace('/items'), element: null },
    ],
  },
]);
