// @ts-check
/** A phone of the check-in page: a device that follows the two of them. */

import { announcement } from "./announcement.js";
import { catchUp } from "./catchup.js";
import { Device } from "./device.js";
import { Model } from "./model.js";
import { moods } from "./moods.js";
import { standing } from "./standing.js";
import { story } from "./story.js";
import { today } from "./today.js";
import { together } from "./together.js";

/** @typedef {import("./tandem.js").Client} Client */
/** @typedef {import("./device.js").Shown} Shown What is drawn from. */

export class Phone extends Device {
  /** @type {any} */ #ours = null;
  /** Whether all of the story has come once; what comes late after that was missed. */ #wasThere = false;

  /** @param {string} name */
  newModel(name) { return new Model(name); }

  left() {
    this.#ours = null;
    this.#wasThere = false;
  }

  /** @param {Client} client */
  listen(client) {
    client.onState((state) => {
      if (state.name === "open") this.model.late = [];
    });
    client.onSnapshot((state, topic, pos) => {
      if (topic === `user/${client.userId}`) {
        this.model.takeOwn(state);
        this.#complete();
      }
      if (topic === "announcements") this.model.takeEverybodys(state);
      if (topic === this.#ours?.topic) {
        this.model.takeOurs(state);
        this.tell("snapshot", { pos });
      }
      this.#follow(client);
    });
    client.onPush((event, topic, pos, at) => {
      const isOurs = topic === this.#ours?.topic;
      const isLate = isOurs && this.#wasThere && !this.#ours.caughtUp;
      this.model.follow(event, pos, at, isOurs, isLate);
      if (isOurs && this.model.relationshipId) this.tell("event", { event, pos, order: isLate ? this.model.late.length - 1 : null });
      this.#follow(client);
    });
    client.onPresence((presence) => {
      if (presence.topic === this.#ours?.topic && presence.user_id !== client.userId) this.model.presence = presence;
      this.tell("presence");
      this.draw();
    });
    client.onAnswer((_, answer) => {
      if (answer?.check_in) this.model.checkIns.keep(answer.check_in); // Authors are answered whole.
    });
  }

  /** Follow the topic of the two as soon as it is known which that is, and for as long as there are two.
   * @param {Client} client */
  #follow(client) {
    const { relationshipId } = this.model;
    if (this.#ours && this.#ours.topic !== `relationship/${relationshipId}`) this.#part();
    if (relationshipId && !this.#ours) {
      this.#ours = client.join(`relationship/${relationshipId}`);
      this.#ours.ready().then(() => (this.#wasThere = true), () => {});
    }
    this.draw();
  }

  #part() {
    this.#ours.leave();
    this.left();
    this.tell("parted");
  }

  /** Ask for what a snapshot of one's own topic does not tell again: what stands in one's check-ins. */
  #complete() {
    const ours = this.#ours;
    ours?.ready().then(() => this.model.checkIns.lacksOf(this.model.userId) && ours.refresh(), () => {});
  }

  parts() {
    return [
      announcement(`tandem.announcement.${this.key}`),
      together(),
      standing({ resume: () => this.#share({ type: "relationships.change", status: "active" }, false) }),
      catchUp(() => {
        this.model.late = [];
        this.draw();
      }),
      today({
        submit: (answers) => this.#share({ type: "checkins.submit", ...answers }),
        amend: ({ check_in_id }, answers) => this.#share({ type: "checkins.amend", check_in_id, ...answers }),
        undo: ({ check_in_id }) => this.#share({ type: "checkins.undo", check_in_id }),
        begins: (isChecking) => {
          if (this.#ours) this.client?.setPresence(this.#ours.topic, isChecking ? "checking_in" : null);
        },
      }),
      moods({
        log: (mood, score) => this.#share({ type: "moods.log", mood, mood_score: score }),
        takeBack: (id) => this.#share({ type: "moods.delete", mood_log_id: id }),
      }),
      story(),
    ];
  }

  /** Ask the two for something. @param {any} wish */
  async #share(wish, backDated = true) {
    if (this.#ours) await this.send(wish, { to: this.#ours.topic, backDated });
    else if (this.client) this.complain("There is nobody to share this with; it was not sent.");
  }
}
