// @ts-check
/**
 * The stream of server-sent events. The browser reconnects by itself and resumes with Last-Event-ID, but gives up for
 * good when the answer is an error (a service that is being restarted): then a new one is opened, ever more slowly. It
 * never notices a connection that died without a word (another Wi-Fi, a laptop that slept): silence tells.
 *
 * Dispatches `change` with an event's data, `state` ("connecting" | "open" | "lost" | "crowded"), and `reconnected`
 * whenever events may have been missed, so that what is shown can be read again. "crowded": too many pages are open; the
 * server says when to try again. An EventSource tells no status, so the page asks for it.
 */
/** @typedef {"connecting"|"open"|"lost"|"crowded"} LiveState */
/** @typedef {{status: number, retryAfterSeconds: number}} Refusal */

const FIRST_DELAY_MS = 500;
const LONGEST_DELAY_MS = 15_000;
/** EventSource hears only the types it is told of. */
const TYPES = [
  "media.uploaded",
  "media.deleted",
  "conversion.requested",
  "conversion.started",
  "conversion.succeeded",
  "conversion.failed",
];
/** What the server says while nothing changes, every few seconds. */
const ALIVE = "alive";
const SILENCE_MS = 20_000;
const TOO_MANY = 429;
/** Blips shorter than this are not worth a word. */
const GRACE_MS = 2_000;

export class LiveEvents extends EventTarget {
  /** @type {LiveState} */ state = "connecting";
  #failures = 0;
  #opened = false;
  #retryTimer = 0;
  #graceTimer = 0;
  #silenceTimer = 0;
  /** @type {EventSource|null} */ #source = null;

  /**
   * @param {string} path
   * @param {{open: (url: string) => EventSource, refusal: (url: string) => Promise<Refusal|null>, setTimeout: (run: () => void, delay: number) => number, clearTimeout: (id: number) => void}} [world]
   */
  constructor(path, world = browser) {
    super();
    this.path = path;
    this.world = world;
  }

  start() {
    this.#opened = false;
    this.#enter("connecting");
    this.#connect();
  }

  stop() {
    this.world.clearTimeout(this.#retryTimer);
    this.world.clearTimeout(this.#graceTimer);
    this.world.clearTimeout(this.#silenceTimer);
    this.#graceTimer = 0;
    this.#source?.close();
    this.#source = null;
  }

  /** Try at once: the network is back, or somebody asked for it. */
  retryNow() {
    if (this.state === "open") return;
    this.stop();
    this.#connect();
  }

  #connect() {
    const source = this.world.open(this.path);
    this.#source = source;
    source.onopen = () => this.#succeeded(source);
    source.onerror = () => {
      this.#failed(source);
      if (source.readyState === 2) void this.#askWhy(source);
    };
    source.addEventListener(ALIVE, () => this.#heard(source));
    for (const type of TYPES) {
      source.addEventListener(type, (event) => {
        this.#heard(source);
        this.dispatchEvent(new CustomEvent("change", { detail: JSON.parse(event.data) }));
      });
    }
  }

  /** @param {EventSource} source */
  #heard(source) {
    this.world.clearTimeout(this.#silenceTimer);
    this.#silenceTimer = this.world.setTimeout(() => {
      source.close();
      this.#failed(source);
    }, SILENCE_MS);
  }

  /** @param {EventSource} source */
  #succeeded(source) {
    this.#heard(source);
    this.#failures = 0;
    this.world.clearTimeout(this.#graceTimer);
    this.#graceTimer = 0;
    this.#enter("open");
    if (this.#opened) this.dispatchEvent(new Event("reconnected"));
    this.#opened = true;
  }

  /** @param {EventSource} source */
  #failed(source) {
    if (source !== this.#source) return;
    this.world.clearTimeout(this.#silenceTimer);
    if (!this.#graceTimer && this.state !== "lost" && this.state !== "crowded") {
      this.#graceTimer = this.world.setTimeout(() => this.#enter("lost"), GRACE_MS);
    }
    if (source.readyState !== 2) return; // the browser is reconnecting by itself
    const delay = retryDelay(this.#failures++);
    this.#retryTimer = this.world.setTimeout(() => this.#connect(), delay);
  }

  /** The browser gave up: where too many are open, come back when the server says. @param {EventSource} source */
  async #askWhy(source) {
    const refusal = await this.world.refusal(this.path);
    if (source !== this.#source) return;
    if (refusal?.status !== TOO_MANY) {
      if (this.state === "crowded") this.#enter("lost");
      return;
    }
    this.world.clearTimeout(this.#graceTimer);
    this.#graceTimer = 0;
    this.#enter("crowded");
    this.world.clearTimeout(this.#retryTimer);
    const delay = Math.max(refusal.retryAfterSeconds * 1000, LONGEST_DELAY_MS) * (1 + Math.random() / 4);
    this.#retryTimer = this.world.setTimeout(() => this.#connect(), Math.round(delay));
  }

  /** @param {LiveState} state */
  #enter(state) {
    if (state === this.state) return;
    this.state = state;
    this.dispatchEvent(new CustomEvent("state", { detail: state }));
  }
}

/** Doubling, with a quarter of jitter so that a hundred pages do not come back in step. @param {number} failures */
export function retryDelay(failures, random = Math.random) {
  const delay = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** failures);
  return Math.round(delay * (0.75 + random() / 4));
}

/** What the server says to one more; null where it is let in, or nothing is heard. @param {string} url @returns {Promise<Refusal|null>} */
async function refusalOf(url) {
  const asking = new AbortController();
  try {
    const response = await fetch(url, { signal: asking.signal, credentials: "same-origin" });
    if (response.ok) return null;
    return { status: response.status, retryAfterSeconds: Number(response.headers.get("Retry-After")) || 0 };
  } catch {
    return null;
  } finally {
    asking.abort(); // what is let in has no end
  }
}

const browser = {
  open: (/** @type {string} */ url) => new EventSource(url),
  refusal: refusalOf,
  setTimeout: (/** @type {() => void} */ run, /** @type {number} */ delay) => window.setTimeout(run, delay),
  clearTimeout: (/** @type {number} */ id) => window.clearTimeout(id),
};
