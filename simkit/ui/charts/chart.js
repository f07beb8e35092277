// What stands under a chart: its sentence, two buttons and the same numbers as a table. Words from
// the data only ever become text nodes. Needs download.js before it.

/**
 * @import { Caption, CaptionTold } from "./told"
 * @import { Shown } from "../frontend/types"
 */

import { savePng, saveSvg } from "../frontend/download.js";

const BOX = ".simkit-chart-box";
// Else JupyterLab takes keys for commands to its cells ("d" twice deletes one). Its rules ask the
// focused element itself, so that the mark on something around it is not enough.
const OWN_KEYS = { "data-lm-suppress-shortcuts": "true" };

/**
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} name
 * @param {Record<string, string>} attributes
 * @param {...(Node | string)} children
 */
function node(name, attributes, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

/** @param {Caption} caption */
function tableTwin({ title, head, rows }) {
  const cells = (/** @type {string[]} */ row, /** @type {"col" | "row"} */ scope) =>
    row.map((text, i) =>
      scope === "col" || i === 0 ? node("th", { scope, dir: "auto" }, text) : node("td", { dir: "auto" }, text),
    );
  const table = node(
    "table",
    {},
    node("caption", { dir: "auto" }, title),
    node("thead", {}, node("tr", {}, ...cells(head, "col"))),
    node("tbody", {}, ...rows.map((row) => node("tr", {}, ...cells(row, "row")))),
  );
  // A wide table scrolls within its frame; with the focus on it, by the arrow keys.
  const frame = { class: "twin", role: "region", tabindex: "0", "aria-label": "Table of the chart", ...OWN_KEYS };
  return node("details", {}, node("summary", OWN_KEYS, "The same as a table"), node("div", frame, table));
}

/**
 * @param {string} label
 * @param {(root: Element, filename: string) => Promise<void>} save
 * @param {string} filename
 * @param {HTMLElement} said
 */
function downloadButton(label, save, filename, said) {
  const button = node("button", { type: "button", ...OWN_KEYS }, label);
  button.addEventListener("click", async () => {
    said.textContent = "";
    try {
      const plot = button.closest(BOX)?.querySelector(".js-plotly-plot");
      if (!plot) throw new Error("the picture is not drawn yet");
      await save(plot, filename);
      said.textContent = `Saved as ${filename}`;
    } catch (error) {
      said.textContent = `Not saved: ${error instanceof Error ? error.message : error}`;
    }
  });
  return button;
}

/**
 * The figure is drawn by another renderer beside this one, sooner or later; it gets its words then.
 *
 * @param {HTMLElement} el
 * @param {string} alt
 */
function nameFigure(el, alt) {
  let asked = 0;
  const tryIt = () => {
    const figure = el.closest(BOX)?.querySelector(".simkit-chart-figure");
    if (!figure) {
      asked = requestAnimationFrame(tryIt);
      return;
    }
    figure.setAttribute("role", "img");
    figure.setAttribute("aria-label", alt);
  };
  tryIt();
  return () => cancelAnimationFrame(asked);
}

/** @param {Shown<CaptionTold>} shown */
function render({ model, el }) {
  const content = model.get("content");
  const said = node("span", { role: "status" });
  el.classList.add("simkit-chart");
  el.append(
    node("p", { dir: "auto" }, content.sentence),
    node(
      "div",
      { class: "downloads" },
      downloadButton("Download SVG", saveSvg, `${content.file}.svg`, said),
      downloadButton("Download PNG", savePng, `${content.file}.png`, said),
      said,
    ),
    tableTwin(content),
  );
  return nameFigure(el, content.alt);
}

export default { render };
