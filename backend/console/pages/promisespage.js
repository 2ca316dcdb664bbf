// @ts-check
/** The page of promises: two phones, and between them the clock, what to try, and the mailbox. */

import { request } from "./asking.js";
import { clockCard } from "./clockcard.js";
import { el, fill } from "./element.js";
import { promiseGuide } from "./guide.js";
import { followLinks } from "./links.js";
import { mailbox } from "./mailbox.js";
import { PromisePhone } from "./promisephone.js";
import { demoTime } from "./time.js";

const LOOK_EVERY_MS = 15_000;
const page = /** @type {HTMLElement} */ (document.getElementById("page"));

try {
  const demo = await request("/v1/demo");
  demoTime.take(demo);
  demoTime.follow();
  /** @type {PromisePhone[]} */
  const phones = demo.people.map((/** @type {any} */ person) => new PromisePhone(person, demo.pay_page));
  const [left, right] = phones;
  const between = el("div", { class: "between" }, clockCard("Europe/Berlin"), promiseGuide(phones), mailbox());
  fill(page, el("div", { class: "stage" }, left.element, between, right.element));
  for (const phone of phones) phone.open();
  await followLinks(phones, page);
  // Windows open and close while nothing else happens.
  setInterval(() => phones.forEach((phone) => phone.draw()), LOOK_EVERY_MS);
  page.dataset.ready = "";
} catch (/** @type {any} */ why) {
  fill(page, el("p", { class: "notice", role: "alert" }, why.message));
}
