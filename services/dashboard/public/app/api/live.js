// @ts-check
/**
 * The stream of server-sent events. The browser reconnects by itself and resumes with Last-Event-ID, but gives up for
 * good when the answer is an error (a service that is being restarted): then a new one is opened, ever more slowly,
 * asking for what came after the last event seen.
 *
 * Dispatches `state` ("connecting" | "open" | "lost") and `change` with the event's data.
 */
/** @typedef {"connecting"|"open"|"lost"} LiveState */

const FIRST_DELAY_MS = 500;
const LONGEST_DELAY_MS = 15_000;
/** Blips shorter than this are not worth a word. */
const GRACE_MS = 2_000;

export class LiveEvents extends EventTarget {
  /** @type {LiveState} */ state = "connecting";
  lastEventId = "";
  #failures = 0;
  #retryTimer = 0;
  #graceTimer = 0;
  /** @type {EventSource|null} */ #source = null;

  /**
   * @param {string} path
   * @param {{open: (url: string) => EventSource, setTimeout: (run: () => void, delay: number) => number, clearTimeout: (id: number) => void}} [world]
   */
  constructor(path, world = browser) {
    super();
    this.path = path;
    this.world = world;
  }

  start() {
    this.#connect();
  }

  stop() {
    this.world.clearTimeout(this.#retryTimer);
    this.world.clearTimeout(this.#graceTimer);
    this.#source?.close();
    this.#source = null;
  }

  /** Try at once: the network is back, or somebody asked for it. */
  retryNow() {
    if (this.state === "open") return;
    this.stop();
    this.#graceTimer = 0;
    this.#connect();
  }

  #connect() {
    const resume = this.lastEventId ? `?last_event_id=${encodeURIComponent(this.lastEventId)}` : "";
    const source = this.world.open(this.path + resume);
    this.#source = source;
    source.onopen = () => {
      this.#failures = 0;
      this.world.clearTimeout(this.#graceTimer);
      this.#graceTimer = 0;
      this.#enter("open");
    };
    source.onmessage = (event) => this.#received(event);
    source.onerror = () => this.#failed(source);
  }

  /** @param {MessageEvent} event */
  #received(event) {
    if (event.lastEventId) this.lastEventId = event.lastEventId;
    this.dispatchEvent(new CustomEvent("change", { detail: JSON.parse(event.data) }));
  }

  /** @param {EventSource} source */
  #failed(source) {
    if (source !== this.#source) return;
    if (!this.#graceTimer && this.state !== "lost") {
      this.#graceTimer = this.world.setTimeout(() => this.#enter("lost"), GRACE_MS);
    }
    if (source.readyState !== 2) return; // the browser is reconnecting by itself
    const delay = retryDelay(this.#failures++);
    this.#retryTimer = this.world.setTimeout(() => this.#connect(), delay);
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

const browser = {
  open: (/** @type {string} */ url) => new EventSource(url),
  setTimeout: (/** @type {() => void} */ run, /** @type {number} */ delay) => window.setTimeout(run, delay),
  clearTimeout: (/** @type {number} */ id) => window.clearTimeout(id),
};
