// Draws the charts of a report and saves them as files. Works from a file, without a network.

const ABOVE = 18; // px above a plot whose title stands over it as a heading

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
    said.textContent = `Not saved: ${error.message ?? error}`;
  }
}

for (const figure of document.querySelectorAll("figure")) {
  const plot = figure.querySelector(".plot");
  const picture = JSON.parse(figure.querySelector("script").textContent);
  const { title, ...layout } = structuredClone(picture.layout);
  layout.height -= layout.margin.t - ABOVE;
  layout.margin.t = ABOVE;
  plot.style.height = `${layout.height}px`; // what plotly goes by when the window changes its width
  Plotly.newPlot(plot, structuredClone(picture.data), layout, { ...picture.config, responsive: true });
  const said = figure.querySelector("[role=status]");
  for (const button of figure.querySelectorAll("button"))
    button.addEventListener("click", () =>
      save(structuredClone(picture), plot.clientWidth, button.value, figure.id, said),
    );
}

// On paper nothing can be opened.
addEventListener("beforeprint", () => {
  for (const table of document.querySelectorAll("details")) table.open = true;
});
