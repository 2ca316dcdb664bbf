// @ts-check
/** Money, and how it is written: cents inside, dollars on the screen. */

const DOLLARS = new Intl.NumberFormat("en-US", { style: "currency", currency: "USD" });

/** @param {number} minor */
export const dollars = (minor) => DOLLARS.format(minor / 100);

/** Read what somebody wrote into a field for dollars. @param {HTMLInputElement} input */
export const minorOf = (input) => Math.round(input.valueAsNumber * 100);

/** What one needs to know of a field for dollars. */
export const DOLLAR_FIELD = { type: "number", inputmode: "decimal", step: "0.01", required: true };
