// @ts-check
/** The page: two phones, what joins them, and the nodes that serve them. */

import { request } from "./asking.js";
import { el, fill } from "./element.js";
import { checkInGuide } from "./guide.js";
import { followLinks } from "./links.js";
import { nodes } from "./nodes.js";
import { Phone } from "./phone.js";
import { thread } from "./thread.js";
import { demoTime } from "./time.js";

const LOOK_EVERY_MS = 30_000;
const page = /** @type {HTMLElement} */ (document.getElementById("page"));

try {
  const demo = await request("/v1/demo");
  const { people } = demo;
  demoTime.take(demo);
  const phones = people.map((/** @type {any} */ person) => new Phone(person));
  const [left, right] = phones;
  const between = el("div", { class: "between" }, checkInGuide(phones), thread(phones));
  fill(page, el("div", { class: "stage" }, left.element, between, right.element), nodes());
  for (const phone of phones) phone.open();
  await followLinks(phones, page);
  // Days end while nothing happens, too.
  setInterval(() => phones.forEach((/** @type {Phone} */ phone) => phone.draw()), LOOK_EVERY_MS);
  page.dataset.ready = "";
} catch (/** @type {any} */ why) {
  fill(page, el("p", { class: "notice", role: "alert" }, why.message));
}
