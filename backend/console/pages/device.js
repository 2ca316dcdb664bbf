// @ts-check
/** A device: one person's session and client, and a screen. It shares nothing with the other one. */

import { el, fill, set } from "./element.js";
import { inbox } from "./inbox.js";
import { parting } from "./parting.js";
import { afterPress, followPresses } from "./press.js";
import { Session } from "./session.js";
import { signing } from "./signing.js";
import { Client, Refused, storeIn } from "./tandem.js";
import { demoTime } from "./time.js";
import { top } from "./top.js";
import { waiting } from "./words.js";

/** @typedef {import("./model.js").Model} Model */
/** @typedef {{model: any, state: any, isCut: boolean, waiting: any[], now: Date}} Shown What is drawn from. */
/** @typedef {{name: string, email: string, password: string}} Person */
/** @typedef {{nodes: any[], draw: (shown: Shown) => void}} Part */

const REFUSAL_SHOWN_MS = 9_000;
const SOCKET = new URL("/v1/socket", location.href.replace(/^http/, "ws")).href;

followPresses();

/** What this one shows its subclass says: `newModel`, `listen`, `parts`. */
export class Device extends EventTarget {
  /** @type {Client | null} */ client = null;
  isCut = false;
  session;
  /** @type {any} */ model;
  /** Whether the door offers a link by letter as well. */ offersLink = false;
  #person; #key; #screen; #switch;
  /** @type {{draw: (shown: Shown) => void}[]} */ #parts = [];
  #drawDue = false;

  /** @param {Person} person */
  constructor(person) {
    super();
    this.#person = person;
    this.#key = person.name.toLowerCase();
    this.session = new Session(`tandem.${this.#key}`);
    this.model = this.newModel(person.name);
    this.#screen = el("div", { class: "screen" });
    this.#switch = el("button", { type: "button", class: "switch", role: "switch", "aria-checked": "true", onclick: () => this.#toggle() },
      el("span", {}, `${person.name}’s signal`), el("span", { class: "track", "aria-hidden": "true" }, el("span", { class: "knob" })));
    this.element = el("section", { class: `device ${this.#key}`, "aria-label": `${person.name}’s phone`, "data-phone": this.#key },
      el("div", { class: "lever" }, el("h2", {}, `${person.name}’s phone`), this.#switch),
      el("div", { class: "frame" }, this.#screen));
    demoTime.addEventListener("moved", () => this.#meetTime());
  }

  get name() { return this.#person.name; }
  get email() { return this.#person.email; }
  get key() { return this.#key; }

  /** @param {string} _name @returns {any} */
  newModel(_name) { throw new Error("A device has a model."); }
  /** Hear what one's client hears. @param {Client} _client */
  listen(_client) {}
  /** @returns {Part[]} The middle of the screen, from the top. */
  parts() { return []; }
  /** Nobody is signed in any more. */
  left() {}

  /** Show what this person sees: their screen, or the door to it. */
  open() {
    if (this.session.isSignedIn) this.#enter();
    else this.#showDoor();
  }

  /** Be signed in as who was let in elsewhere. @param {any} signedIn */
  letIn(signedIn) {
    this.client?.close();
    this.session.keep(signedIn);
    this.#enter();
  }

  #showDoor() {
    fill(this.#screen, signing(this.#person, async (email, password) => {
      await this.session.signIn(email, password, `${this.name}’s phone on the page`);
      this.#enter();
    }, this.offersLink));
  }

  #enter() {
    this.model = this.newModel(this.session.user?.profile.name ?? this.name);
    const client = (this.client = new Client(SOCKET, {
      token: () => this.session.token(),
      renew: () => this.session.renew(),
      name: "tandem-page",
      store: storeIn(`tandem.queue.${this.#key}`, sessionStorage),
    }));
    if (this.isCut) client.cut();
    this.#listen(client);
    this.listen(client);
    this.#build();
    client.connect().catch(() => {}); // The line under the greeting says how it stands.
  }

  async #leave(why = "") {
    this.client?.close();
    this.client = null;
    this.#parts = [];
    this.left();
    this.tell("left");
    await this.session.signOut();
    if (this.client) return; // Somebody was let in meanwhile.
    this.#showDoor();
    if (why) this.complain(why);
  }

  /** @param {Client} client */
  #listen(client) {
    client.onState((state) => {
      this.model.isOnline = state.name === "open";
      if (state.name === "open") this.model.userId = client.userId;
      if (state.name === "closed" && state.reason !== "closed by the program" && client === this.client) {
        const { length } = client.queued;
        this.#leave(`This phone was signed out. ${length ? `${waiting(length)} ` : ""}Sign in again.`);
      }
      this.tell("state");
      this.draw();
    });
    client.onAnswer((_, __, refused) => {
      if (refused) this.complain(refused.message); // Also of what was asked before the page was loaded anew.
      this.draw();
    });
  }

  /** Learn what time it is now, before anything else is asked for: a new connection begins with that. */
  #meetTime() {
    if (!this.client || this.isCut) return;
    this.client.cut();
    this.client.restore();
  }

  #build() {
    const head = top({
      openInbox: () => { box.open(); this.draw(); },
      signOut: () => {
        if (!this.client?.queued.length) return void this.#leave();
        sheet.open();
        this.draw();
      },
    });
    const sheet = parting({ signOut: () => this.#leave(), stays: () => head.leaving.focus() });
    const box = inbox({
      readAll: () => this.send({ type: "notifications.mark_all_read", until: this.model.notifications[0]?.notification_id ?? null }),
      closed: () => head.bell.focus(),
    });
    const [banner, ...middle] = this.parts();
    this.#parts = [head, banner, ...middle, box, sheet];
    fill(this.#screen, ...head.nodes, ...banner.nodes, el("div", { class: "scroll", tabindex: -1 }, ...middle.flatMap((part) => part.nodes)), box.panel, sheet.panel);
    this.draw();
  }

  /** Ask for something; what is refused is shown in the server's words. Gives the answer, if there is one.
   * @param {any} wish @param {{to?: string, backDated?: boolean}} [how] @returns {Promise<any>} */
  async send(wish, how) {
    const { client } = this;
    if (!client) return null;
    try {
      const answer = client.ask(wish, how);
      this.draw();
      return await answer;
    } catch (/** @type {any} */ why) {
      // Whatever the server refuses is heard by `onAnswer`.
      if (client === this.client && !(why instanceof Refused)) this.complain(why.message);
      return null;
    } finally {
      this.draw();
    }
  }

  #toggle() {
    this.isCut = !this.isCut;
    set(this.#switch, { "aria-checked": String(!this.isCut) });
    if (this.isCut) this.client?.cut();
    else this.client?.restore();
    this.tell(this.isCut ? "cut" : "restored");
    this.draw();
  }

  /** @param {string} sentence */
  complain(sentence) { this.#put(sentence, "alert"); }

  /** @param {string} sentence */
  inform(sentence) { this.#put(sentence, "status"); }

  /** @param {string} sentence @param {"alert" | "status"} role */
  #put(sentence, role) {
    this.#screen.querySelector(".refusal")?.remove();
    const close = () => { clearTimeout(timer); refusal.remove(); };
    const refusal = el("div", { class: "refusal", role }, el("p", {}, sentence),
      el("button", { type: "button", "aria-label": "Dismiss", onclick: close }, "×"));
    const timer = setTimeout(close, REFUSAL_SHOWN_MS);
    this.#screen.append(refusal);
  }

  /** Draw before the next frame, however much has changed until then. */
  draw() {
    if (this.#drawDue) return;
    this.#drawDue = true;
    queueMicrotask(() => afterPress(this.element, () => this.#drawNow()));
  }

  #drawNow() {
    this.#drawDue = false;
    if (!this.client) return;
    const shown = { model: this.model, state: this.client.state, isCut: this.isCut, waiting: this.client.queued, now: this.client.now() };
    for (const part of this.#parts) part.draw(shown);
  }

  /** Tell the page, which shows more than a phone can know. @param {string} type @param {any} [detail] */
  tell(type, detail) {
    this.dispatchEvent(new CustomEvent("news", { detail: { type, ...detail } }));
  }
}
