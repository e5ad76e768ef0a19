// @ts-check
/**
 * Follows the stream of server-sent events. One that ends or is refused is opened anew after the last event that was
 * seen: ever more slowly, and not before the time that the server names (`Retry-After`). A connection that died without
 * a word (another Wi-Fi, a laptop that slept) is noticed by its silence.
 *
 * Dispatches `change` with an event's data, `programme` with the nouns that people changed, `state` ("connecting" | "open" | "lost" | "crowded"), and `reconnected`
 * whenever events may have been missed, so that what is shown can be read again.
 */
import { ApiError } from "./client.js";
import { openStream } from "./event_stream.js";

/** `crowded`: the server follows as many pages as it can, and this one has to wait. @typedef {"connecting"|"open"|"lost"|"crowded"} LiveState */
/** @typedef {import("./event_stream.js").Message} Message */

const FIRST_DELAY_MS = 500;
const LONGEST_DELAY_MS = 15_000;
const TOO_MANY_REQUESTS = 429;
/** What the server says while nothing changes, every few seconds. */
const ALIVE = "alive";
const PROGRAMME = "programme";
const SILENCE_MS = 20_000;
/** Blips shorter than this are not worth a word. */
const GRACE_MS = 2_000;

export class LiveEvents extends EventTarget {
  /** @type {LiveState} */ state = "connecting";
  #failures = 0;
  #opened = false;
  #retryTimer = 0;
  #graceTimer = 0;
  #silenceTimer = 0;
  /** @type {string|null} */ #lastId = null;
  #connection = new AbortController();

  /**
   * @param {string} path
   * @param {{open: (path: string, lastId: string|null, signal: AbortSignal) => Promise<AsyncIterable<Message>>, setTimeout: (run: () => void, delay: number) => number, clearTimeout: (id: number) => void}} [world]
   */
  constructor(path, world = browser) {
    super();
    this.path = path;
    this.world = world;
  }

  start() {
    this.#opened = false;
    this.#lastId = null;
    this.#enter("connecting");
    void this.#connect();
  }

  stop() {
    this.world.clearTimeout(this.#retryTimer);
    this.world.clearTimeout(this.#graceTimer);
    this.world.clearTimeout(this.#silenceTimer);
    this.#graceTimer = 0;
    this.#connection.abort();
  }

  /** Try at once: the network is back, or the person at the page asked for it. */
  retryNow() {
    if (this.state === "open") return;
    this.stop();
    void this.#connect();
  }

  async #connect() {
    const connection = (this.#connection = new AbortController());
    const { signal } = connection;
    /** @type {unknown} */ let error = null;
    this.#heard(connection); // an answer that never comes is silence, too
    try {
      const messages = await this.world.open(this.path, this.#lastId, signal);
      if (!signal.aborted) this.#succeeded(connection);
      for await (const message of messages) {
        if (signal.aborted) return;
        this.#heard(connection);
        this.#received(message);
      }
    } catch (refusal) {
      error = refusal;
    }
    if (connection === this.#connection && !signal.aborted) this.#failed(error);
  }

  /** @param {Message} message */
  #received({ type, id, data }) {
    if (type === ALIVE) return;
    if (type === PROGRAMME) {
      this.dispatchEvent(new CustomEvent("programme", { detail: JSON.parse(data).changed }));
      return;
    }
    if (id) this.#lastId = id;
    this.dispatchEvent(new CustomEvent("change", { detail: JSON.parse(data) }));
  }

  /** @param {AbortController} connection */
  #heard(connection) {
    this.world.clearTimeout(this.#silenceTimer);
    this.#silenceTimer = this.world.setTimeout(() => {
      connection.abort();
      this.#failed(null);
    }, SILENCE_MS);
  }

  /** @param {AbortController} connection */
  #succeeded(connection) {
    this.#heard(connection);
    this.#failures = 0;
    this.world.clearTimeout(this.#graceTimer);
    this.#graceTimer = 0;
    this.#enter("open");
    if (this.#opened) this.dispatchEvent(new Event("reconnected"));
    this.#opened = true;
  }

  /** @param {unknown} error why it was refused; null where it ended */
  #failed(error) {
    this.world.clearTimeout(this.#silenceTimer);
    const { status, retryAfterSeconds } = error instanceof ApiError ? error : { status: 0, retryAfterSeconds: null };
    if (status === TOO_MANY_REQUESTS) {
      this.world.clearTimeout(this.#graceTimer);
      this.#graceTimer = 0;
      this.#enter("crowded");
    } else if (!this.#graceTimer && this.state !== "lost") {
      this.#graceTimer = this.world.setTimeout(() => this.#enter("lost"), GRACE_MS);
    }
    const delay = retryDelay(this.#failures++, retryAfterSeconds ?? 0);
    this.#retryTimer = this.world.setTimeout(() => void this.#connect(), delay);
  }

  /** @param {LiveState} state */
  #enter(state) {
    if (state === this.state) return;
    this.state = state;
    this.dispatchEvent(new CustomEvent("state", { detail: state }));
  }
}

/**
 * Doubling up to a bound, and never earlier than the server asked for; with a quarter of jitter, so that a hundred pages
 * do not come back in step.
 * @param {number} failures @param {number} [retryAfterSeconds]
 */
export function retryDelay(failures, retryAfterSeconds = 0, random = Math.random) {
  const jitter = random() / 4;
  const doubled = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** failures) * (0.75 + jitter);
  return Math.round(Math.max(doubled, retryAfterSeconds * 1000 * (1 + jitter)));
}

const browser = {
  open: openStream,
  setTimeout: (/** @type {() => void} */ run, /** @type {number} */ delay) => window.setTimeout(run, delay),
  clearTimeout: (/** @type {number} */ id) => window.clearTimeout(id),
};
