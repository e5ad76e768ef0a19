// @ts-check
/** When to try again what failed for the moment. */

const LONGEST_SECONDS = 60;

/**
 * Seconds until the next try: twice as long after each, at random within that, so that pages that lost one server do
 * not come back at one moment; and not before the server said.
 * @param {number} tries so far
 * @param {number|null} retryAfterSeconds
 */
export function backoffSeconds(tries, retryAfterSeconds) {
  const longest = Math.min(LONGEST_SECONDS, 2 ** (tries - 1));
  return Math.max(retryAfterSeconds ?? 0, longest * (0.5 + Math.random() / 2));
}

/** @param {number} seconds @param {() => void} run @returns {() => void} forgets it */
export function afterSeconds(seconds, run) {
  const timer = setTimeout(run, seconds * 1000);
  return () => clearTimeout(timer);
}
