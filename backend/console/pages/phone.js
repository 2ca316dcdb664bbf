// @ts-check
/** A phone: one person's session, client and screen. It shares nothing with the other phone. */

import { announcement } from "./announcement.js";
import { catchUp } from "./catchup.js";
import { el, fill, set } from "./element.js";
import { inbox } from "./inbox.js";
import { Model } from "./model.js";
import { moods } from "./moods.js";
import { parting } from "./parting.js";
import { Session } from "./session.js";
import { signing } from "./signing.js";
import { standing } from "./standing.js";
import { story } from "./story.js";
import { Client, Refused, storeIn } from "./tandem.js";
import { today } from "./today.js";
import { together } from "./together.js";
import { top } from "./top.js";
import { waiting } from "./words.js";

/** @typedef {{model: Model, state: any, isCut: boolean, waiting: any[], now: Date}} Shown What is drawn from. */
/** @typedef {{name: string, email: string, password: string}} Person */

const REFUSAL_SHOWN_MS = 9_000;
const SOCKET = new URL("/v1/socket", location.href.replace(/^http/, "ws")).href;

export class Phone extends EventTarget {
  /** @type {Client | null} */ client = null;
  isCut = false;
  #person; #session; #key;
  #model; #screen; #switch;
  /** @type {any} */ #ours = null;
  /** Whether all of the story has come once; what comes late after that was missed. */ #wasThere = false;
  /** @type {{draw: (shown: Shown) => void}[]} */ #parts = [];
  #drawDue = false;

  /** @param {Person} person */
  constructor(person) {
    super();
    this.#person = person;
    this.#key = person.name.toLowerCase();
    this.#session = new Session(`tandem.${this.#key}`);
    this.#model = new Model(person.name);
    this.#screen = el("div", { class: "screen" });
    this.#switch = el("button", { type: "button", class: "switch", role: "switch", "aria-checked": "true", onclick: () => this.#toggle() },
      el("span", {}, `${person.name}’s signal`), el("span", { class: "track", "aria-hidden": "true" }, el("span", { class: "knob" })));
    this.element = el("section", { class: `device ${this.#key}`, "aria-label": `${person.name}’s phone`, "data-phone": this.#key },
      el("div", { class: "lever" }, el("h2", {}, `${person.name}’s phone`), this.#switch),
      el("div", { class: "frame" }, this.#screen));
  }

  get name() { return this.#person.name; }
  get key() { return this.#key; }
  get model() { return this.#model; }

  /** Show what this person sees: their screen, or the door to it. */
  open() {
    if (this.#session.isSignedIn) this.#enter();
    else this.#showDoor();
  }

  #showDoor() {
    fill(this.#screen, signing(this.#person, async (email, password) => {
      await this.#session.signIn(email, password, `${this.name}’s phone on the page`);
      this.#enter();
    }));
  }

  #enter() {
    this.#model = new Model(this.#session.user?.profile.name ?? this.name);
    const client = (this.client = new Client(SOCKET, {
      token: () => this.#session.token(),
      name: "tandem-page",
      store: storeIn(`tandem.queue.${this.#key}`, sessionStorage),
    }));
    if (this.isCut) client.cut();
    this.#listen(client);
    this.#build();
    client.connect().catch(() => {}); // The line under the greeting says how it stands.
  }

  async #leave(why = "") {
    this.client?.close();
    this.client = this.#ours = null;
    this.#wasThere = false;
    this.#parts = [];
    this.#tell("left");
    await this.#session.signOut();
    this.#showDoor();
    if (why) this.#complain(why);
  }

  /** @param {Client} client */
  #listen(client) {
    client.onState((state) => {
      this.#model.isOnline = state.name === "open";
      if (state.name === "open") this.#opened(client);
      if (state.name === "closed" && state.reason !== "closed by the program" && client === this.client) {
        const { length } = client.queued;
        this.#leave(`This phone was signed out. ${length ? `${waiting(length)} ` : ""}Sign in again.`);
      }
      this.#tell("state");
      this.draw();
    });
    client.onSnapshot((state, topic, pos) => {
      if (topic === `user/${client.userId}`) {
        this.#model.takeOwn(state);
        this.#complete();
      }
      if (topic === "announcements") this.#model.takeEverybodys(state);
      if (topic === this.#ours?.topic) {
        this.#model.takeOurs(state);
        this.#tell("snapshot", { pos });
      }
      this.#follow(client);
    });
    client.onPush((event, topic, pos, at) => {
      const isOurs = topic === this.#ours?.topic;
      const isLate = isOurs && this.#wasThere && !this.#ours.caughtUp;
      this.#model.follow(event, pos, at, isOurs, isLate);
      if (isOurs && this.#model.relationshipId) this.#tell("event", { event, pos, order: isLate ? this.#model.late.length - 1 : null });
      this.#follow(client);
    });
    client.onPresence((presence) => {
      if (presence.topic === this.#ours?.topic && presence.user_id !== client.userId) this.#model.presence = presence;
      this.#tell("presence");
      this.draw();
    });
    client.onAnswer((_, answer, refused) => {
      if (answer?.check_in) this.#model.checkIns.keep(answer.check_in); // Authors are answered whole.
      if (refused) this.#complain(refused.message); // Also of what was asked before the page was loaded anew.
      this.draw();
    });
  }

  /** @param {Client} client */
  #opened(client) {
    this.#model.userId = client.userId;
    this.#model.late = [];
  }

  /** Follow the topic of the two as soon as it is known which that is, and for as long as there are two.
   * @param {Client} client */
  #follow(client) {
    const { relationshipId } = this.#model;
    if (this.#ours && this.#ours.topic !== `relationship/${relationshipId}`) this.#part();
    if (relationshipId && !this.#ours) {
      this.#ours = client.join(`relationship/${relationshipId}`);
      this.#ours.ready().then(() => (this.#wasThere = true), () => {});
    }
    this.draw();
  }

  #part() {
    this.#ours.leave();
    this.#ours = null;
    this.#wasThere = false;
    this.#tell("parted");
  }

  /** Ask for what a snapshot of one's own topic does not tell again: what stands in one's check-ins. */
  #complete() {
    const ours = this.#ours;
    ours?.ready().then(() => this.#model.checkIns.lacksOf(this.#model.userId) && ours.refresh(), () => {});
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
      readAll: () => this.#ask({ type: "notifications.mark_all_read", until: this.#model.notifications[0]?.notification_id ?? null }, { isOwn: true }),
      closed: () => head.bell.focus(),
    });
    const banner = announcement(`tandem.announcement.${this.#key}`);
    const middle = [
      together(),
      standing({ resume: () => this.#ask({ type: "relationships.change", status: "active" }, { backDated: false }) }),
      catchUp(() => {
        this.#model.late = [];
        this.draw();
      }),
      today({
        submit: (answers) => this.#ask({ type: "checkins.submit", ...answers }),
        amend: ({ check_in_id }, answers) => this.#ask({ type: "checkins.amend", check_in_id, ...answers }),
        undo: ({ check_in_id }) => this.#ask({ type: "checkins.undo", check_in_id }),
        begins: (isChecking) => {
          if (this.#ours) this.client?.setPresence(this.#ours.topic, isChecking ? "checking_in" : null);
        },
      }),
      moods({
        log: (mood, score) => this.#ask({ type: "moods.log", mood, mood_score: score }),
        takeBack: (id) => this.#ask({ type: "moods.delete", mood_log_id: id }),
      }),
      story(),
    ];
    this.#parts = [head, banner, ...middle, box, sheet];
    fill(this.#screen, ...head.nodes, ...banner.nodes, el("div", { class: "scroll", tabindex: -1 }, ...middle.flatMap((part) => part.nodes)), box.panel, sheet.panel);
    this.draw();
  }

  /** Ask for something; what is refused is shown in the server's words. @param {any} wish */
  async #ask(wish, { isOwn = false, backDated = !isOwn } = {}) {
    const { client } = this;
    if (!client) return;
    try {
      if (!isOwn && !this.#ours) throw new Error("There is nobody to share this with; it was not sent.");
      const answer = client.ask(wish, { to: isOwn ? undefined : this.#ours.topic, backDated });
      this.draw();
      await answer;
    } catch (/** @type {any} */ why) {
      // Whatever the server refuses is heard by `onAnswer`.
      if (client === this.client && !(why instanceof Refused)) this.#complain(why.message);
    }
    this.draw();
  }

  #toggle() {
    this.isCut = !this.isCut;
    set(this.#switch, { "aria-checked": String(!this.isCut) });
    if (this.isCut) this.client?.cut();
    else this.client?.restore();
    this.#tell(this.isCut ? "cut" : "restored");
    this.draw();
  }

  /** @param {string} sentence */
  #complain(sentence) {
    this.#screen.querySelector(".refusal")?.remove();
    const close = () => { clearTimeout(timer); refusal.remove(); };
    const refusal = el("div", { class: "refusal", role: "alert" }, el("p", {}, sentence),
      el("button", { type: "button", "aria-label": "Dismiss", onclick: close }, "×"));
    const timer = setTimeout(close, REFUSAL_SHOWN_MS);
    this.#screen.append(refusal);
  }

  /** Draw before the next frame, however much has changed until then. */
  draw() {
    if (this.#drawDue) return;
    this.#drawDue = true;
    queueMicrotask(() => {
      this.#drawDue = false;
      if (!this.client) return;
      const shown = { model: this.#model, state: this.client.state, isCut: this.isCut, waiting: this.client.queued, now: this.client.now() };
      for (const part of this.#parts) part.draw(shown);
    });
  }

  /** Tell the page, which shows more than a phone can know. @param {string} type @param {any} [detail] */
  #tell(type, detail) {
    this.dispatchEvent(new CustomEvent("news", { detail: { type, ...detail } }));
  }
}
