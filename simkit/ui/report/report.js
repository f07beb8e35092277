// Draws the charts of a report and saves them as files. Works from a file, without a network.

/** @import { Drawn } from "./plotly" */

const ABOVE = 18; // px above a plot whose title stands over it as a heading

/**
 * @param {Drawn} picture
 * @param {number} width
 * @param {string} kind
 * @param {string} name
 * @param {Element} said
 */
async function save(picture, width, kind, name, said) {
  try {
    const { height } = picture.layout;
    const scale = kind === "png" ? 2 : 1;
    const link = document.createElement("a");
    link.href = await Plotly.toImage(picture, { format: kind, width, height, scale });
    link.download = `${name}.${kind}`;
    link.click();
    said.textContent = `Saved as ${link.download}`;
  } catch (error) {
    said.textContent = `Not saved: ${error instanceof Error ? error.message : error}`;
  }
}

/**
 * Give the part of a figure that a selector names.
 *
 * @param {Element} figure
 * @param {string} selector
 */
function partOf(figure, selector) {
  const part = figure.querySelector(selector);
  if (!(part instanceof HTMLElement)) throw new Error(`a figure without ${selector}`);
  return part;
}

for (const figure of document.querySelectorAll("figure")) {
  const plot = partOf(figure, ".plot");
  /** @type {Drawn} */
  const picture = JSON.parse(partOf(figure, "script").textContent);
  const { title, ...layout } = structuredClone(picture.layout);
  layout.height -= layout.margin.t - ABOVE;
  layout.margin.t = ABOVE;
  plot.style.height = `${layout.height}px`; // what plotly goes by when the window changes its width
  Plotly.newPlot(plot, structuredClone(picture.data), layout, { ...picture.config, responsive: true });
  const said = partOf(figure, "[role=status]");
  for (const button of figure.querySelectorAll("button"))
    button.addEventListener("click", () =>
      save(structuredClone(picture), plot.clientWidth, button.value, figure.id, said),
    );
}

// On paper nothing can be opened.
addEventListener("beforeprint", () => {
  for (const table of document.querySelectorAll("details")) table.open = true;
});
