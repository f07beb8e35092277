// What is said, in the language of the page: texts by their English, numbers as people write them.

/** @import { Language } from "./types" */

const CATEGORIES = ["zero", "one", "two", "few", "many", "other"];
let language = /** @type {Language} */ ({ tag: "en", words: {} });
// Made once for a language: they take longer to make than to use.
let pluralRules = new Intl.PluralRules(language.tag);
let numberFormat = new Intl.NumberFormat(language.tag);

/**
 * Speak a language from now on. A page has one.
 *
 * @param {Language | null | undefined} spoken
 */
export function speak(spoken) {
  if (!spoken?.tag) return;
  language = spoken;
  pluralRules = new Intl.PluralRules(language.tag);
  numberFormat = new Intl.NumberFormat(language.tag);
}

/**
 * Give a text in the language of the page, its braces filled: numbers as people there write them.
 *
 * @param {string} message
 * @param {Record<string, string | number>} [values]
 */
export function tr(message, values = {}) {
  const found = Object.hasOwn(language.words, message) ? language.words[message] : message;
  return filled(typeof found === "string" ? found : found[0], values);
}

/**
 * Give a text that depends on a number, which {n} stands for.
 *
 * @param {string} one
 * @param {string} many
 * @param {number} n
 * @param {Record<string, string | number>} [values]
 */
export function trn(one, many, n, values = {}) {
  const found = Object.hasOwn(language.words, one) ? language.words[one] : [one, many];
  const forms = typeof found === "string" ? [found] : found;
  const known = pluralRules.resolvedOptions().pluralCategories;
  const place = CATEGORIES.filter((each) => known.some((category) => category === each)).indexOf(pluralRules.select(n));
  return filled(forms[Math.min(place, forms.length - 1)], { n, ...values });
}

/**
 * Mark a text that is said later, by tr, for the catalogues.
 *
 * @param {string} message
 */
export const trNoop = (message) => message;

/**
 * Give a number as people write it.
 *
 * @param {number} value
 * @param {Intl.NumberFormatOptions} [options]
 */
export const decimal = (value, options) =>
  options ? value.toLocaleString(language.tag, options) : numberFormat.format(value);

/**
 * Give a number that is written in English, such as 1,234.50, as people write it: its digits stay.
 *
 * @param {string} text
 */
export function numberWords(text) {
  const parts = numberFormat.formatToParts(1_234_567.8);
  /** @type {(type: string, usual: string) => string} */
  const mark = (type, usual) => parts.find((part) => part.type === type)?.value ?? usual;
  return text.replace(/[.,]/g, (found) => (found === "." ? mark("decimal", ".") : mark("group", ",")));
}

/** Give the tag of the language that is spoken. */
export const languageTag = () => language.tag;

/**
 * @param {string} text
 * @param {Record<string, string | number>} values
 */
function filled(text, values) {
  return text.replace(/\{([a-z_]+)\}/g, (brace, name) => {
    const value = Object.hasOwn(values, name) ? values[name] : brace;
    return typeof value === "number" ? decimal(value) : value;
  });
}
