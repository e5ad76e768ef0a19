// @ts-check
/** Every converter, and what it is doing now. */
import { mediumAddress } from "../router.js";
import { t } from "../text/index.js";
import { fill, h } from "../view/dom.js";
import { InfoElement } from "../view/element.js";
import { formatAgo, formatElapsed } from "../view/format.js";
import { scrollable } from "../view/table.js";
/** @typedef {import("../api/operations.js").Converter} Converter */

const REFRESH_SECONDS = 3;

class ConvertersElement extends InfoElement {
  connected() {
    this.every(REFRESH_SECONDS, () => void this.#load());
  }

  async #load() {
    const converters = await this.app.attempt(
      () => this.app.operations.converters(),
      () => undefined,
    );
    if (!converters) return; // the page says already that the server is away
    const content = converters.length ? table(converters) : h("p", { class: "soft" }, t("converters.none"));
    fill(
      this,
      h(
        "section",
        { class: "panel", "aria-labelledby": "converters-title" },
        h("h2", { id: "converters-title" }, t("converters.title")),
        content,
      ),
    );
  }
}

/** @param {Converter[]} converters */
function table(converters) {
  const head = [t("converters.name"), t("converters.doing"), t("converters.day"), t("converters.seen")];
  const rows = converters.map((converter) => [
    h("bdi", null, converter.name),
    doing(converter),
    t("converters.done", { succeeded: converter.succeeded, failed: converter.failed }),
    converter.lastSeen ? formatAgo(converter.lastSeen) : "–",
  ]);
  return scrollable(t("converters.title"), head, rows);
}

/** @param {Converter} converter */
function doing({ jobs }) {
  if (jobs.length === 0) return h("span", { class: "soft" }, t("converters.idle"));
  return jobs.map(({ mediaId, filename, since }) =>
    h(
      "div",
      null,
      h("a", { href: mediumAddress(mediaId) }, h("bdi", null, filename)),
      since && h("span", { class: "soft" }, ` · ${t("converters.since", { duration: formatElapsed(since) })}`),
    ),
  );
}

customElements.define("info-converters", ConvertersElement);
