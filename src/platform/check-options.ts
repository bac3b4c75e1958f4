/** Whether a value is right, and what to say when it is not, as it follows the name. */
export type Rule = readonly [isRight: (value: unknown) => boolean, wish: string];

/** What is asked of each member. */
export type Rules = Readonly<Record<string, Rule>>;

/**
 * Checks the options that a function of the package was given.
 *
 * @param maker The name of that function.
 * @param within The option that holds these, and a dot, where they are not the outermost.
 * @returns The options without anything that they merely inherit (PPL-1).
 * @throws {TypeError} Naming the option and the fix.
 */
export function checkOptions<Options extends object>(
  maker: string,
  options: Options,
  rules: Rules,
  within = '',
): Options {
  const known = Object.keys(rules);
  if (!isObject(options)) {
    const needed = known.filter((option) => !rules[option]?.[0](undefined));
    throw new TypeError(`Call it as ${maker}({ ${needed.join(', ')} }).`);
  }
  for (const option of Object.keys(options)) {
    if (!known.includes(option)) {
      throw new TypeError(`${maker}: there is no option "${within}${option}"; there are ${known.join(', ')}.`);
    }
  }
  const own = Object.assign(Object.create(null), options);
  checkMembers(`${maker}: ${within}`, own, rules);
  return own;
}

/** Checks the members of an object that may have others, and may inherit them, as an instance of a class does. */
export function checkMembers(prefix: string, values: object, rules: Rules): void {
  for (const [name, [isRight, wish]] of Object.entries(rules)) {
    if (!isRight((values as Record<string, unknown>)[name])) throw new TypeError(`${prefix}${name} ${wish}.`);
  }
}

/** Lets an option be left out. */
export function optional(isRight: (value: unknown) => boolean): (value: unknown) => boolean {
  return (value) => value === undefined || isRight(value);
}

export function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

export function isFunction(value: unknown): boolean {
  return typeof value === 'function';
}

export function isBoolean(value: unknown): boolean {
  return typeof value === 'boolean';
}

/** Whether a value is a string that says something. */
export function isText(value: unknown): boolean {
  return typeof value === 'string' && value !== '';
}
