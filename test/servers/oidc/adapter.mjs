// @ts-check
/** @typedef {{ readonly grantId?: string, readonly uid?: string, consumed?: number }} Payload */

/**
 * Where the provider keeps what it knows: here, and for one provider.
 */
export function createAdapter() {
  /** @type {Map<string, { readonly payload: Payload, readonly until: number }>} */
  const kept = new Map();
  /** @param {string} key */
  const find = (key) => {
    const found = kept.get(key);
    return found && found.until > Date.now() ? found.payload : undefined;
  };
  return {
    /** @param {string} model */
    adapter: (model) => ({
      /**
       * @param {string} id
       * @param {Payload} payload
       * @param {number} [expiresIn] In seconds.
       */
      async upsert(id, payload, expiresIn) {
        kept.set(`${model}:${id}`, { payload, until: expiresIn ? Date.now() + expiresIn * 1000 : Infinity });
      },
      /** @param {string} id */
      find: async (id) => find(`${model}:${id}`),
      /** @param {string} uid */
      async findByUid(uid) {
        const keys = [...kept.keys()].filter((key) => key.startsWith(`${model}:`));
        return keys.map(find).find((payload) => payload?.uid === uid);
      },
      findByUserCode: async () => undefined,
      /** @param {string} id */
      async consume(id) {
        const payload = find(`${model}:${id}`);
        if (payload) payload.consumed = Math.floor(Date.now() / 1000);
      },
      /** @param {string} id */
      async destroy(id) {
        kept.delete(`${model}:${id}`);
      },
      /** @param {string} grantId */
      async revokeByGrantId(grantId) {
        for (const [key, { payload }] of kept) if (payload.grantId === grantId) kept.delete(key);
      },
    }),
    /** @param {readonly string[]} models */
    forget(...models) {
      for (const key of kept.keys()) if (models.includes(key.split(':')[0] ?? '')) kept.delete(key);
    },
  };
}
