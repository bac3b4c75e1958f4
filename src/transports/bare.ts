/**
 * Makes an object that inherits nothing (PPL-1). A constructor, because engines keep a literal without a prototype in
 * their slow form, and one is made for every request.
 */
export function createBare<T extends object>(): T {
  return new (Bare as unknown as new () => T)();
}

function Bare(): void {}
Bare.prototype = Object.create(null);
