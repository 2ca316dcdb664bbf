// @ts-check
/** How it stands between the two, where that keeps one from sharing: what is so, and what one can do. */

import { el, fill } from "./element.js";

/** @param {{resume: () => void}} does */
export function standing({ resume }) {
  const card = el("section", { class: "card standing", role: "status", hidden: true });
  let drawn = "";

  /** @param {import("./model.js").Model} model */
  function told(model) {
    switch (model.standing) {
      case "paused": return [
        el("h3", {}, model.pausedBy ? `${model.pausedBy === model.userId ? "You" : model.nameOf(model.pausedBy)} paused this` : "Paused"),
        el("p", {}, "What you shared stays. Nothing new can be shared until one of you resumes."),
        el("button", { type: "button", class: "button small", onclick: resume }, "Resume")];
      case "ended": return apart("This relationship has ended",
        "Nothing of it can be read any more. To begin anew, one invites the other; this phone shows it the moment they accept.");
      case "none": return apart("You are in no relationship",
        "Check-ins and moods are shared by two. One invites the other; this phone shows it the moment they accept.");
      default: return [];
    }
  }

  /** @param {import("./device.js").Shown} phone */
  function draw({ model }) {
    const next = JSON.stringify([model.standing, model.pausedBy, model.partner?.name]);
    if (next === drawn) return;
    drawn = next;
    const nodes = told(model);
    card.hidden = nodes.length === 0;
    card.className = `card standing ${model.standing}`;
    fill(card, ...nodes);
  }
  return { nodes: [card], draw };
}

/** @param {string} so @param {string} then */
function apart(so, then) {
  return [
    el("span", { class: "mark apart", "aria-hidden": "true" }, el("i"), el("i")),
    el("h3", {}, so),
    el("p", {}, then),
    el("p", { class: "soft" }, "This page has no form for invitations. Clients send ",
      el("code", {}, "invitations.open"), " and ", el("code", {}, "invitations.accept"), "."),
  ];
}
