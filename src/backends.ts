export type { Answer, Backend, BackendContext, Judgement, Presentation } from './backends/backend.ts';
export { type SimpleJwtOptions, simpleJwt, type UsernameAndPassword } from './backends/simple-jwt.ts';
