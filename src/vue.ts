export { useSession, useSessionState, useUser } from './vue/composables.ts';
export { sessionPlugin } from './vue/session-plugin.ts';
