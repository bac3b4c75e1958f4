export { SessionProvider, type SessionProviderProps } from './react/session-provider.ts';
export { useSession } from './react/use-session.ts';
export { useSessionState } from './react/use-session-state.ts';
export { useUser } from './react/use-user.ts';
