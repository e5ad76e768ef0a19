// @ts-check
/** The last hour: how many conversions were finished, and how long they took. */
import { ApiError } from "../api/client.js";
import { factsAfter } from "../api/facts.js";
import { minutes, noActivity, noted, SPAN_MS } from "../state/activity.js";
import { t } from "../text/index.js";
import { bars, chart, lines } from "../view/chart.js";
import { fill, h } from "../view/dom.js";
import { InfoElement } from "../view/element.js";
import { formatDuration, formatNumber } from "../view/format.js";
/** @typedef {import("../state/activity.js").Minute} Minute */

/** How far back the stream is read: about an hour of a busy system, and quickly sent. */
const FACTS_BACK = 3000;
const RETRY_MS = 5000;

class ThroughputElement extends InfoElement {
  /** @type {import("../state/activity.js").Activity|null} */ #activity = null;
  #drawing = 0;

  disconnected() {
    window.clearTimeout(this.#drawing);
  }

  /** Begins with the first figures that are known. @param {import("../api/operations.js").Statistics} statistics */
  show({ appliedSequence }) {
    if (!this.#activity) {
      this.#activity = noActivity(Math.max(0, appliedSequence - FACTS_BACK));
      void this.#follow(this.signal);
    }
    this.#draw();
  }

  /** @param {AbortSignal} signal */
  async #follow(signal) {
    while (!signal.aborted && this.#activity) {
      let pause = RETRY_MS;
      try {
        for await (const fact of factsAfter(this.#activity.sequence, signal)) {
          this.#activity = noted(this.#activity, fact);
          // Thousands of facts come at once at first: one drawing is enough for them.
          if (!this.#drawing) this.#drawing = window.setTimeout(() => this.#draw(), 100);
        }
      } catch (error) {
        // The stream is away, which the page says elsewhere; it goes on where it was.
        if (error instanceof ApiError) pause = Math.max(pause, (error.retryAfterSeconds ?? 0) * 1000);
      }
      await new Promise((resolve) => window.setTimeout(resolve, pause));
    }
  }

  #draw() {
    this.#drawing = 0;
    if (!this.#activity) return;
    const until = new Date(Math.ceil(Date.now() / 60_000) * 60_000);
    const from = new Date(until.getTime() - SPAN_MS);
    const history = minutes(this.#activity, from);
    const frame = {
      from,
      until,
      edges: /** @type {[string, string]} */ ([t("operations.hourAgo"), t("operations.now")]),
    };
    fill(
      this,
      h(
        "div",
        { class: "two-columns" },
        panel("rate", t("operations.rate"), rateChart(history, frame)),
        panel("duration", t("operations.durations"), durationChart(history, frame)),
      ),
    );
  }
}

/** @typedef {{from: Date, until: Date, edges: [string, string]}} Frame */

/** @param {Minute[]} history @param {Frame} frame */
function rateChart(history, frame) {
  const of = (/** @type {"finished"|"failed"} */ name) =>
    history.map((minute) => ({ at: minute.at, value: minute[name] }));
  const series = [
    { name: t("status.ready"), kind: "good", points: of("finished") },
    { name: t("status.failed"), kind: "bad", points: of("failed") },
  ];
  const sum = (/** @type {"finished"|"failed"} */ name) => history.reduce((total, minute) => total + minute[name], 0);
  const label = t("operations.rateSummary", { finished: sum("finished"), failed: sum("failed") });
  return chart({ ...frame, label, series, format: formatNumber }, bars);
}

/** @param {Minute[]} history @param {Frame} frame */
function durationChart(history, frame) {
  // A figure of a minute belongs to its middle.
  const of = (/** @type {"p50"|"p95"} */ name) =>
    history.map((minute) => ({ at: new Date(minute.at.getTime() + 30_000), value: minute[name] }));
  const series = [
    { name: t("operations.p95"), kind: "faint", points: of("p95") },
    { name: t("operations.p50"), kind: "accent", points: of("p50") },
  ];
  const latest = history.findLast((minute) => minute.p50 !== null)?.p50;
  const label = latest
    ? t("operations.durationSummary", { duration: formatDuration(latest) })
    : t("operations.noDurations");
  return chart({ ...frame, label, series, format: formatDuration }, lines);
}

/** @param {string} id @param {string} title @param {Node} content */
const panel = (id, title, content) =>
  h("section", { class: "panel", "aria-labelledby": `${id}-title` }, h("h2", { id: `${id}-title` }, title), content);

customElements.define("info-throughput", ThroughputElement);
