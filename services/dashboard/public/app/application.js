// @ts-check
/** Wires the page's parts together; the only place that knows them all. Elements get it as their `app`. */
import { AccountApi } from "./api/account.js";
import { AuditApi } from "./api/audit.js";
import { ChannelsApi } from "./api/channels.js";
import { ApiError, Client } from "./api/client.js";
import { LiveEvents } from "./api/live.js";
import { MediaApi } from "./api/media.js";
import { OperationsApi } from "./api/operations.js";
import { PeopleApi } from "./api/people.js";
import { PlayersApi } from "./api/players.js";
import { ProgrammeApi } from "./api/programme.js";
import { SessionApi, secretOf } from "./api/session.js";
import { isUnfinished } from "./api/shapes.js";
import * as transport from "./api/upload.js";
import { Router } from "./router.js";
import { Deletions } from "./state/deletions.js";
import { fromParameters, toParameters } from "./state/library.js";
import { KeptUploads } from "./state/kept_uploads.js";
import { LibraryList } from "./state/library_list.js";
import { MediaStore } from "./state/media_store.js";
import { Names } from "./state/names.js";
import { Notices } from "./state/notices.js";
import { Observable } from "./state/observable.js";
import { OtherWindows } from "./state/other_windows.js";
import { Refresher } from "./state/refresher.js";
import { Selection } from "./state/selection.js";
import { Uploader } from "./state/uploader.js";
/** @typedef {import("./api/shapes.js").Session} Session */

export class Application {
  /** `undefined`: not known yet. @type {Observable<Session|null|undefined>} */ session = new Observable(
    /** @type {Session|null|undefined} */ (undefined),
  );
  /** Why the last sign-in was refused; empty where there was none. */
  refusal = "";
  /** The secret of an invite whose link was opened; null where there was none. @type {string|null} */ invite = null;
  /** The same of a link that sets a password. @type {string|null} */ passwordLink = null;
  router = new Router();
  notices = new Notices();
  client = new Client();
  store = new MediaStore();
  media = new MediaApi(this.client);
  account = new AccountApi(this.client);
  people = new PeopleApi(this.client);
  names = new Names(this.people);
  players = new PlayersApi(this.client);
  channels = new ChannelsApi(this.client);
  programme = new ProgrammeApi(this.client);
  audit = new AuditApi(this.client);
  operations = new OperationsApi(this.client);
  library = new LibraryList(this.media, this.store);
  selection = new Selection();
  uploader = new Uploader(transport, new KeptUploads());
  refresher = new Refresher((id) => this.media.detail(id), this.store);
  deletions = new Deletions(this.media, this.store, this.library, (message) => this.notices.trouble(message));
  live = new LiveEvents("/api/events");
  #sessionApi = new SessionApi(this.client);
  #windows = new OtherWindows(() => this.uploader.list.value.map(({ key }) => key));

  constructor() {
    this.client.addEventListener("unauthorized", () => this.#signedOut());
    this.uploader.addEventListener("unauthorized", () => this.#signedOut());
    this.uploader.addEventListener("stored", (event) =>
      this.refresher.refresh(/** @type {CustomEvent} */ (event).detail),
    );
    this.live.addEventListener("change", (event) => this.#changed(/** @type {CustomEvent} */ (event).detail));
    this.live.addEventListener("reconnected", () => void this.library.reload());
    this.live.addEventListener("state", () => this.live.state === "lost" && void this.#stillSignedIn());
    addEventListener("online", () => this.live.retryNow());
    addEventListener("online", () => this.uploader.resumeRetrying());
    addEventListener("pagehide", () => this.deletions.flush());
  }

  /** Finds out who is here: by a sign-in link, else by the cookie. */
  async start() {
    const token = secretOf(location.hash, "token");
    this.invite = secretOf(location.hash, "invite");
    this.passwordLink = secretOf(location.hash, "password");
    // No secret may stay in the address bar or in the history.
    if (token || this.invite || this.passwordLink) history.replaceState(null, "", location.pathname);
    if (this.invite || this.passwordLink) {
      this.session.value = null;
      return;
    }
    if (token) {
      await this.signIn({ token });
      return;
    }
    // Most who come are signed in: their media are asked for at once.
    const { page, parameters } = this.router.route.value;
    if (page === "library") void this.library.open(fromParameters(parameters));
    await this.#enter(() => this.#sessionApi.current());
  }

  /** @param {import("./api/session.js").Credentials} credentials @returns {Promise<string>} what went wrong, or nothing */
  signIn(credentials) {
    return this.#enter(() => this.#sessionApi.signIn(credentials));
  }

  /** Makes the account of the invite, and signs in with it. @param {{name: string, email: string, password: string}} account */
  accept(account) {
    const invite = this.invite ?? "";
    return this.#enter(() => this.#sessionApi.accept({ invite, ...account }));
  }

  /** Sets the password of the link's account, and signs in with it. @param {string} password */
  resetPassword(password) {
    return this.#enter(() => this.#sessionApi.resetPassword(this.passwordLink ?? "", password));
  }

  /** @param {boolean} [everywhere] */
  async signOut(everywhere = false) {
    this.deletions.flush();
    await this.uploader.forget();
    await this.attempt(() => (everywhere ? this.account.endSessions() : this.#sessionApi.signOut()));
    location.reload(); // so that nothing is left for the next person at this browser
  }

  get isOperator() {
    return this.session.value?.role === "operator";
  }

  /** Whether the person may plan what screens show. */
  get mayPlan() {
    return this.isOperator || this.session.value?.role === "editor";
  }

  /** Whether the person may upload: a viewer may not. */
  get mayUpload() {
    return this.mayPlan || this.session.value?.role === "uploader";
  }

  /** By what the person is known to the services. */
  get principal() {
    return this.session.value ? principalOf(this.session.value) : "";
  }

  /** Whether the person may change a medium: an editor any, an uploader its own. @param {{owner: string|null}} medium */
  mayChange({ owner }) {
    return this.mayPlan || (this.mayUpload && owner === this.principal);
  }

  /** Where the library was left: with its search and filter. */
  get libraryAddress() {
    const parameters = toParameters(this.library.state.value.query);
    return parameters ? `#/library?${parameters}` : "#/library";
  }

  /** A place in the queue, and how far a conversion is, change without an event. It is nothing to complain about where it cannot be told. @param {string} id */
  async followQueue(id) {
    try {
      const place = await this.media.queue(id);
      if (isUnfinished(this.store.get(id))) this.store.patch(id, place);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
    }
  }

  /**
   * Runs a request and tells the person if it is refused.
   * @template T @param {() => Promise<T>} run @param {(words: string) => void} [tell]
   */
  async attempt(run, tell = (words) => this.notices.trouble(words)) {
    try {
      return await run();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      tell(error.message);
      return undefined;
    }
  }

  /** @param {() => Promise<Session|null>} ask */
  async #enter(ask) {
    try {
      const session = await ask();
      if (session) this.#begin(session);
      this.refusal = "";
      this.session.value = session;
      return "";
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      this.refusal = error.message;
      this.session.value = null;
      return error.message;
    }
  }

  /** Follows events, reads what was missed without a session, and goes on with uploads. @param {Session} session */
  #begin(session) {
    this.live.start();
    void this.names.load();
    void this.uploader.enter(principalOf(session), () => this.#windows.theirs());
    if (this.library.state.value.phase === "idle") void this.library.reload();
  }

  /** Events also end when the token is revoked: the client then says so. */
  async #stillSignedIn() {
    await this.attempt(
      () => this.#sessionApi.current(),
      () => undefined,
    );
  }

  #signedOut() {
    if (!this.session.value) return;
    this.live.stop();
    this.session.value = null;
  }

  /** @param {{type: string, media_id: string}} change */
  #changed({ type, media_id: id }) {
    if (type === "media.deleted" || type === "media.trashed") this.store.remove(id);
    else this.refresher.refresh(id);
  }
}

/** @param {Session} session */
const principalOf = ({ account_id: account, name }) => account ?? name;
