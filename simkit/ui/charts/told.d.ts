// What the kernel tells, and how: out of charts/told.py, by tools/typedefs.py.

/** What stands under a figure, and what the figure is called. */
export interface Caption {
  title: string;
  sentence: string;
  /** The words for those who do not see the figure. */
  alt: string;
  head: string[];
  /** The cells of a table; the first of a row says what the row is about. */
  rows: string[][];
  /** The name of a downloaded picture, without its ending. */
  file: string;
}

/** What the widget holds for the browser, by the names of its traits. */
export interface CaptionTold {
  content: Caption;
}
