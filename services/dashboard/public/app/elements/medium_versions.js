// @ts-check
/** The earlier versions of a medium that are kept, each of which can be shown again. */
import { t } from "../text/index.js";
import { fill, h } from "../view/dom.js";
import { InfoElement } from "../view/element.js";
import { formatBytes, formatDate } from "../view/format.js";
/** @typedef {import("../api/shapes.js").Version} Version */

class MediumVersionsElement extends InfoElement {
  connected() {
    this.listen(this.app.names, "change", () => void this.#load());
    void this.#load();
  }

  async #load() {
    const silent = () => undefined; // the page itself says what is wrong
    const versions = await this.app.attempt(() => this.app.media.versions(this.dataset.id ?? ""), silent);
    if (versions && versions.length > 1) this.#show(versions);
    else this.replaceChildren();
  }

  /** @param {Version[]} versions */
  #show(versions) {
    const size = versions.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    fill(
      this,
      h(
        "section",
        { class: "panel", "aria-labelledby": "versions-title" },
        h("h2", { id: "versions-title" }, t("versions.title")),
        h(
          "ol",
          { class: "versions" },
          versions.map((version) => this.#row(version)),
        ),
        h("p", { class: "soft" }, t("versions.size", { size: formatBytes(size) })),
      ),
    );
  }

  /** @param {Version} version */
  #row(version) {
    const date = version.uploadedAt ? formatDate(version.uploadedAt) : "";
    const again = h(
      "button",
      {
        class: "button small",
        type: "button",
        "aria-label": t("versions.showOf", { date }),
        onclick: () => this.#again(version),
      },
      t("versions.show"),
    );
    return h(
      "li",
      null,
      h(
        "div",
        null,
        h("strong", null, date),
        h(
          "bdi",
          { class: "soft" },
          [version.filename, this.app.names.of(version.uploadedBy), formatBytes(version.sizeBytes)].join(" · "),
        ),
      ),
      version.current ? h("span", { class: "chip" }, t("versions.current")) : this.#mayChange() && again,
    );
  }

  #mayChange() {
    const medium = this.app.store.get(this.dataset.id ?? "");
    return medium !== undefined && this.app.mayChange(medium);
  }

  /** @param {Version} version */
  async #again({ generation }) {
    const id = this.dataset.id ?? "";
    const shown = await this.app.attempt(() => this.app.media.showVersion(id, generation));
    if (!shown) return void this.#load();
    this.app.notices.say(t("versions.shown"), { tone: "good" });
    this.app.refresher.refresh(id);
    return undefined;
  }
}

customElements.define("info-medium-versions", MediumVersionsElement);
