// @ts-check
/** Other windows of this browser, which share what is kept of uploads: each goes on in one window only. */

/** A window answers in a few milliseconds, also in the background. */
const ANSWER_MS = 400;

export class OtherWindows {
  #channel = new BroadcastChannel("infoscreen-uploads");
  /** @type {Set<string>} */ #theirs = new Set();

  /** @param {() => string[]} ours the keys of the uploads in this window */
  constructor(ours) {
    this.#channel.onmessage = ({ data }) => {
      if (data === "whose") this.#channel.postMessage(ours());
      else for (const key of data) this.#theirs.add(key);
    };
  }

  /** The keys of the uploads in other windows. @returns {Promise<Set<string>>} */
  async theirs() {
    this.#theirs = new Set();
    this.#channel.postMessage("whose");
    await new Promise((resolve) => setTimeout(resolve, ANSWER_MS));
    return this.#theirs;
  }
}
