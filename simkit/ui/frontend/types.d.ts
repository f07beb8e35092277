// What the modules of the front end share: only types, of which nothing is left when they run.

/** What an element takes: true is there without a value; false, null and undefined are left out. */
export type Value = string | number | boolean | null | undefined;

type Listeners = {
  [K in keyof GlobalEventHandlersEventMap]?: (event: GlobalEventHandlersEventMap[K]) => unknown;
};

/** Attributes by name; those that are functions listen to the event of that name. */
export interface Attributes extends Listeners {
  focusin?: (event: FocusEvent) => unknown;
  focusout?: (event: FocusEvent) => unknown;
  // biome-ignore lint/suspicious/noExplicitAny: an event that no name above tells of
  [name: string]: Value | ((event: any) => unknown);
}

/** A child, or children within children; nothing where there is none. */
export type Child = Node | string | null | undefined | readonly Child[];

/** A language: its tag, and texts by their English; several where they depend on a number. */
export interface Language {
  tag: string;
  words: Record<string, string | string[]>;
}

/** A sign of life: what the kernel works at for a request, and beside it, in words. */
export interface Alive {
  words: string;
  job: string;
}

/** The widget's model as anywidget gives it: what the kernel told, by name. */
export interface Model<Told> {
  get<K extends keyof Told>(name: K): Told[K];
  set<K extends keyof Told>(name: K, value: Told[K]): void;
  save_changes(): void;
  /** What the host has beside the widgets themselves, if it shows it. */
  widget_manager?: { kernel?: { interrupt?: () => Promise<void> } };
  send(content: unknown, callbacks?: undefined, buffers?: ArrayBuffer[]): void;
  // biome-ignore lint/suspicious/noExplicitAny: handlers differ from event to event
  on(event: string, handler: (...values: any[]) => unknown): void;
  // biome-ignore lint/suspicious/noExplicitAny: the same
  off(event: string, handler: (...values: any[]) => unknown): void;
}

/** What anywidget calls to show a widget. */
export interface Shown<Told> {
  model: Model<Told>;
  el: HTMLElement;
}

/** What anywidget gives a widget to reach another one by what stands for it in a trait. */
export interface Host<Exports> {
  getWidget(ref: string): Promise<{ exports: Exports }>;
}
