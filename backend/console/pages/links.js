// @ts-check
/** The links of letters: what stands behind the # of the address leaves it at once, and opens what it is for. */

import { request } from "./asking.js";
import { el } from "./element.js";
import { field, sheetOf } from "./folding.js";

/** @typedef {import("./device.js").Device} Device */
/** @typedef {{path: string, said: (answer: any) => string}} Confirmed What somebody confirms who is signed in. */

const LINK = /^#(\w+)=(.+)$/;
const UNKNOWN = "identity.link_unknown";
const PASSWORD_MIN = 8;
const DEVICE = "A phone on the page";

/** @type {Confirmed} */
const EMAIL = { path: "/v1/auth/email/confirm", said: ({ email }) => `${email} is your address.` };
/** @type {Record<string, Confirmed>} */
const CONFIRMED = {
  verify_email: EMAIL,
  change_email: EMAIL,
  confirm_withdrawal: {
    path: "/v1/usdc/withdrawals/confirm",
    said: ({ amount_micros, address }) => `Confirmed: ${amount_micros / 1_000_000} USDC will be paid to ${address}. Somebody who runs Tandem does that.`,
  },
};

/** Follow the link by which this page was opened, and each that is followed while it is.
 * @param {Device[]} phones @param {HTMLElement} page */
export async function followLinks(phones, page) {
  addEventListener("hashchange", () => follow(phones, page));
  await follow(phones, page);
}

/** @param {Device[]} phones @param {HTMLElement} page */
async function follow(phones, page) {
  const [, purpose, written] = LINK.exec(location.hash) ?? [];
  // Neither a token nor what a payment came back with belongs into the history.
  history.replaceState(null, "", location.pathname);
  if (!purpose) return;
  try {
    const token = decodeURIComponent(written);
    if (purpose === "sign_in") letIn(phones, await request("/v1/auth/link/open", { method: "POST", body: { token, device_name: DEVICE } }));
    else if (purpose === "reset_password") choosePassword(phones, page, token);
    else if (purpose in CONFIRMED) await confirm(phones, CONFIRMED[purpose], token);
    else phones[0].complain("This page does not know what this link is for.");
  } catch (/** @type {any} */ why) {
    phones[0].complain(why instanceof URIError ? "This link is not whole." : why.message);
  }
}

/** @param {Device[]} phones @param {any} signedIn */
function letIn(phones, signedIn) {
  const phone = phones.find(({ email }) => email === signedIn.user.email);
  if (phone) phone.letIn(signedIn);
  else phones[0].complain(`${signedIn.user.email} has no phone on this page.`);
}

/** Confirm something as whoever of those who are signed in it is for. Rejects as `request` does.
 * @param {Device[]} phones @param {Confirmed} confirmed @param {string} token */
async function confirm(phones, { path, said }, token) {
  const there = phones.filter(({ session }) => session.isSignedIn);
  if (there.length === 0) return phones[0].complain("Sign in first, and follow the link once more.");
  for (const [place, phone] of there.entries()) {
    try {
      return phone.inform(said(await phone.session.ask(path, { method: "POST", body: { token } })));
    } catch (/** @type {any} */ why) {
      if (why.code !== UNKNOWN || place === there.length - 1) throw why;
    }
  }
}

/** Ask for another password, above the phones; whose it is comes in with it.
 * @param {Device[]} phones @param {HTMLElement} page @param {string} token */
function choosePassword(phones, page, token) {
  const password = el("input", { type: "password", name: "password", minlength: PASSWORD_MIN, required: true, autocomplete: "new-password" });
  const card = el("section", { class: "card choosing" });
  const send = async () => {
    try {
      letIn(phones, await request("/v1/auth/password/reset", { method: "POST", body: { token, password: password.value, device_name: DEVICE } }));
    } catch (/** @type {any} */ why) {
      phones[0].complain(why.message);
      return null;
    }
  };
  card.append(sheetOf("Choose another password", "Choose it", send, () => card.remove(), field("Another password", password)));
  page.prepend(card);
}
