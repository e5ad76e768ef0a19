// @ts-check
/** Formatters, each made once: making one takes far longer than using it, and a library shows thousands of numbers. */
/** @type {Map<string, any>} */ const made = new Map();

/**
 * @template T
 * @param {new (locale: string, options?: any) => T} Kind one of `Intl`'s
 * @param {string} locale
 * @param {object} [options]
 * @returns {T}
 */
export function formatter(Kind, locale, options) {
  const key = `${Kind.name} ${locale} ${JSON.stringify(options)}`;
  if (!made.has(key)) made.set(key, new Kind(locale, options));
  return made.get(key);
}
