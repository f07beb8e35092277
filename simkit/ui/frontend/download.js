// Pictures as files. `pictureOf` makes one SVG out of what is drawn under an element, `saveSvg` and
// `savePng` offer it as a download. All of it happens in the page: no kernel, no network.

const SVG = "http://www.w3.org/2000/svg";

// A file has no style sheet beside it, so what CSS decides is written into each element: inherited
// properties where they differ from the parent's, the others where they differ from their initial.
const INHERITED = [
  "fill",
  "fill-opacity",
  "fill-rule",
  "stroke",
  "stroke-width",
  "stroke-opacity",
  "stroke-dasharray",
  "stroke-dashoffset",
  "stroke-linecap",
  "stroke-linejoin",
  "stroke-miterlimit",
  "paint-order",
  "color",
  "font-family",
  "font-size",
  "font-style",
  "font-weight",
  "letter-spacing",
  "text-anchor",
  "white-space",
  "visibility",
  "direction",
];
/** @type {Record<string, string>} */
const INITIAL = {
  opacity: "1",
  "clip-path": "none",
  filter: "none",
  "dominant-baseline": "auto",
  "alignment-baseline": "auto",
  "text-decoration-line": "none",
  "stop-color": "rgb(0, 0, 0)",
  "stop-opacity": "1",
  "mix-blend-mode": "normal",
};
const UNDRAWN = "defs, clipPath, pattern, symbol, mask, marker, linearGradient, radialGradient";

/**
 * Where the page has a base address, plotly writes it before each fragment; in a file it is foreign.
 *
 * @param {string} value
 */
function withinFile(value) {
  return value.replace(/url\((["']?)[^"')]*#/g, "url($1#");
}

/** @param {Element} element */
function isForeign(element) {
  if (["script", "style", "foreignObject"].includes(element.localName)) return true;
  return element instanceof SVGImageElement && !element.href.baseVal.startsWith("data:");
}

/**
 * A stroke that keeps its width whatever the scale would be too thin in a picture drawn larger, so
 * it gets the width that looks the same on the page and scales from there on.
 *
 * @param {DOMMatrix} matrix
 * @param {CSSStyleDeclaration} style
 */
function scaledStroke(matrix, style) {
  const scale = Math.sqrt(Math.abs(matrix.a * matrix.d - matrix.b * matrix.c)) || 1;
  return ["stroke-width", "stroke-dasharray", "stroke-dashoffset"].map((name) => {
    const value = style.getPropertyValue(name);
    return { name, value: value.replace(/[\d.]+/g, (number) => String(Number(number) / scale)) };
  });
}

/**
 * @param {Element} drawn
 * @param {Element} copy
 * @param {CSSStyleDeclaration | null} parent
 */
function inlineStyles(drawn, copy, parent) {
  const style = getComputedStyle(drawn);
  const children = [...copy.children];
  [...drawn.children].forEach((child, i) => {
    const hidden = getComputedStyle(child).display === "none" && !child.closest(UNDRAWN);
    const words = child.localName === "title" || child.localName === "desc";
    if (isForeign(child) || (hidden && !words)) children[i].remove();
    else if (!words) inlineStyles(child, children[i], style);
  });
  /** @type {string[]} */
  const rules = [];
  const keep = (/** @type {string} */ name, /** @type {string} */ value) => rules.push(`${name}:${withinFile(value)}`);
  for (const name of [...INHERITED, ...Object.keys(INITIAL)]) {
    const value = style.getPropertyValue(name);
    const expected = name in INITIAL ? INITIAL[name] : parent?.getPropertyValue(name);
    if (value && value !== expected) keep(name, value);
    copy.removeAttribute(name);
  }
  copy.removeAttribute("vector-effect");
  const matrix = drawn instanceof SVGGraphicsElement ? drawn.getScreenCTM() : null;
  if (style.vectorEffect === "non-scaling-stroke" && matrix) {
    for (const { name, value } of scaledStroke(matrix, style)) keep(name, value);
  }
  if (parent && style.transform !== "none" && !copy.hasAttribute("transform")) {
    keep("transform", style.transform);
  }
  copy.removeAttribute("class");
  for (const { name, value } of [...copy.attributes]) {
    if (value.includes("url(")) copy.setAttribute(name, withinFile(value));
  }
  copy.setAttribute("style", rules.join(";"));
}

/**
 * Gives, as text, one SVG of all that SVG elements under `root` draw, where they lie on the page.
 *
 * @param {Element} root
 */
function pictureOf(root) {
  const all = root instanceof SVGSVGElement ? [root] : [...root.querySelectorAll("svg")];
  const layers = all
    .filter((svg) => svg === root || !svg.parentElement?.closest("svg, .modebar, button"))
    .map((svg) => ({ svg, box: svg.getBoundingClientRect() }))
    .filter(({ box }) => box.width > 0 && box.height > 0);
  if (!layers.length) throw new Error("the picture is not drawn yet");
  const left = Math.min(...layers.map(({ box }) => box.left));
  const top = Math.min(...layers.map(({ box }) => box.top));
  const width = Math.ceil(Math.max(...layers.map(({ box }) => box.right)) - left);
  const height = Math.ceil(Math.max(...layers.map(({ box }) => box.bottom)) - top);
  const set = (/** @type {Element} */ element, /** @type {Record<string, string | number>} */ attributes) => {
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value));
    return element;
  };
  const picture = set(document.createElementNS(SVG, "svg"), { width, height, viewBox: `0 0 ${width} ${height}` });
  const label = root.closest("[role='img'][aria-label]")?.getAttribute("aria-label");
  if (label) {
    picture.setAttribute("role", "img");
    picture.setAttribute("aria-label", label);
  }
  picture.append(set(document.createElementNS(SVG, "rect"), { width, height, fill: "white" }));
  // On paper, whatever the theme.
  const lab = root.closest(".simkit-lab");
  lab?.classList.add("on-paper");
  for (const { svg, box } of layers) {
    const copy = /** @type {SVGSVGElement} */ (svg.cloneNode(true));
    inlineStyles(svg, copy, null);
    if (!copy.hasAttribute("viewBox")) {
      // The size before any zoom of the page; the place below is the size on the page.
      const own = `0 0 ${svg.width.baseVal.value} ${svg.height.baseVal.value}`;
      copy.setAttribute("viewBox", own);
    }
    picture.append(set(copy, { x: box.left - left, y: box.top - top, width: box.width, height: box.height }));
  }
  lab?.classList.remove("on-paper");
  // Characters that XML forbids would make the whole file unreadable.
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  const forbidden = /[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]|\p{Surrogate}/gu;
  return new XMLSerializer().serializeToString(picture).replace(forbidden, "\ufffd");
}

/**
 * @param {Blob} blob
 * @param {string} filename
 */
function offerFile(blob, filename) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = filename;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

/**
 * @param {Element} root
 * @param {string} filename
 */
export async function saveSvg(root, filename) {
  offerFile(new Blob([pictureOf(root)], { type: "image/svg+xml" }), filename);
}

/**
 * Twice the size on the page, so that it stays sharp on a projector and in print.
 *
 * @param {Element} root
 * @param {string} filename
 */
export async function savePng(root, filename) {
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(pictureOf(root))}`;
  await image.decode();
  const canvas = document.createElement("canvas");
  canvas.width = 2 * image.width;
  canvas.height = 2 * image.height;
  const context = canvas.getContext("2d");
  context?.drawImage(image, 0, 0, canvas.width, canvas.height);
  /** @type {Blob | null} */
  const blob = context && (await new Promise((done) => canvas.toBlob(done, "image/png")));
  if (!blob) throw new Error("the browser made no picture");
  offerFile(blob, filename);
}
