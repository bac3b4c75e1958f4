import { isBoolean, isObject, isText, optional, type Rule, type Rules } from '../platform/check-options.ts';

// What is asked of the options that several presets have.

const BASE_URL: Rule = [isText, "must be text, such as 'https://api.example.com/auth'"];
export const TEXT: Rule = [optional(isText), 'must be text'];
export const FLAG: Rule = [optional(isBoolean), 'must be true or false'];
export const GROUP: Rule = [optional(isObject), 'must be an object'];
/** A view that a project need not have. */
export const VIEW: Rule = [optional((path) => path === false || isText(path)), 'must be text or false'];
export const GROUP_OR_NONE: Rule = [
  optional((group) => group === false || isObject(group)),
  'must be an object or false',
];
export const SCHEME: Rule = [optional(matches(/^[\w-]+$/)), 'must be one word, such as JWT'];
export const HEADER: Rule = [optional(matches(/^[\w-]+$/)), 'must be the name of a header'];
export const LIFETIME: Rule = [optional(isLifetime), 'must be milliseconds above 0'];
export const NEEDED_LIFETIME: Rule = [isLifetime, 'must be milliseconds above 0'];

/** Every preset has these. */
export const COMMON: Rules = { baseUrl: BASE_URL, paths: GROUP, allowInsecure: FLAG };

function matches(pattern: RegExp): (value: unknown) => boolean {
  return (value) => typeof value === 'string' && pattern.test(value);
}

function isLifetime(time: unknown): boolean {
  return typeof time === 'number' && time > 0 && Number.isFinite(time);
}
