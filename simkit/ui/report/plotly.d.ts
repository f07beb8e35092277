// What the report takes of plotly.js, which stands before it on the page.

/** A figure as the report holds it; most of it is plotly's own. */
export interface Drawn {
  data: unknown[];
  layout: { height: number; margin: { t: number }; title?: unknown };
  config: object;
}

declare global {
  const Plotly: {
    newPlot(root: HTMLElement, data: unknown[], layout: object, config: object): Promise<unknown>;
    toImage(picture: Drawn, options: { format: string; width: number; height: number; scale: number }): Promise<string>;
  };
}
