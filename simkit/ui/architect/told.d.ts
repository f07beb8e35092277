// What the kernel tells, and how: out of architect/told.py, by tools/typedefs.py.

/** What is chosen with a slider. */
export type Slid = "interval_ms" | "start_jitter_ms" | "agents" | "edits" | "start_spread_ms" | "rate_limit_per_min" | "most_stale_share" | "most_rate_limit_peak_share" | "most_peak_requests_per_s";

/** A place of a slider. */
export interface Step {
  /** In the unit of what is chosen; nothing stands for no limit. */
  value: number | null;
  text: string;
}

/** A slider; what it offers follows what is chosen. */
export interface SliderControl {
  name: "interval_ms" | "start_jitter_ms" | "agents" | "edits" | "start_spread_ms" | "rate_limit_per_min" | "most_stale_share" | "most_rate_limit_peak_share" | "most_peak_requests_per_s";
  label: string;
  kind: "slider";
  steps: Step[];
}

/** A box that is checked or not. */
export interface FlagControl {
  name: "version";
  label: string;
  kind: "flag";
}

/** An entry of the select of topologies. */
export interface TopologyEntry {
  value: "own" | "shared";
  text: string;
}

/** A select. */
export interface ChoiceControl {
  name: "topology";
  label: string;
  kind: "choice";
  steps: TopologyEntry[];
}

/** A control, by its kind. */
export type Control = SliderControl | FlagControl | ChoiceControl;

/** Controls under one heading. */
export interface ControlGroup {
  /** Nothing over those of the first screen. */
  group: string;
  controls: (SliderControl | FlagControl | ChoiceControl)[];
}

/** What is chosen, by the names of the controls. */
export interface Chosen {
  interval_ms: number;
  version: boolean;
  topology: "own" | "shared";
  start_jitter_ms: number;
  agents: number;
  /** Edits of codes a day. */
  edits: number;
  start_spread_ms: number;
  /** Requests a minute with one token, or no limit. */
  rate_limit_per_min: number | null;
  /** This limit and the next two may be lifted. */
  most_stale_share: number | null;
  most_rate_limit_peak_share: number | null;
  most_peak_requests_per_s: number | null;
}

/** What was simulated, beside the closed form of exactly that. */
export interface SimulatedWords {
  /** The mean with its 95 % interval. */
  mean: string;
  /** The closed form and how far the mean is away from it, or nothing. */
  closed_form: string;
}

/** A metric as a row of the answer. */
export interface MetricRow {
  title: string;
  /** What the closed form gives. */
  value: string;
  /** The closed form, in short. */
  form: string;
  /** The same as a sentence. */
  source: string;
  /** How its limit stands, in words; nothing where there is no limit. */
  mark: string;
  /** The same as a word to look up. */
  standing: "kept" | "open" | "over" | "";
  /** Its value on the one day simulated, or nothing. */
  day: string;
  simulated: SimulatedWords | null;
}

/** A value of a policy; one that has a limit begins with its mark. */
export interface Cell {
  text: string;
  /** What parts, where the limit is undecided. */
  note: string;
  state: "kept" | "open" | "over" | "";
}

/** What the policies compared give: the one recommended, where there is one, and the choice. */
export interface SummaryRow {
  label: string;
  cells: Cell[];
  /** The limit, or nothing. */
  at_most: string;
}

/** What is recommended at once, and beside it what is chosen. */
export interface Summary {
  /** What to do; ``why`` goes on with the sentence. */
  what: string;
  why: string;
  /** How limits stand with the policy recommended; nothing without limits. */
  state: "kept" | "open" | "over" | "";
  heads: string[];
  rows: SummaryRow[];
  /** Whether a day of the policy recommended is still to be simulated. */
  pending: boolean;
  /** The policy recommended; nothing without limits. */
  interval_ms: number | null;
  version: boolean;
  topology: "own" | "shared";
  /** Whether it is the one chosen. */
  applied: boolean;
}

/** The policy that the search recommends. */
export interface Advice {
  headline: string;
  lines: string[];
  /** Whether it is the one chosen. */
  applied: boolean;
}

/** A place along the picture's lower axis, which shows the one or the other. */
export interface Place {
  requests_per_s: number;
  bytes_per_s: number;
}

/** A mean with the ends of its 95 % interval. */
export interface Interval {
  mean: number;
  low: number;
  high: number;
}

/** A place along the lower axis that was simulated. */
export interface IntervalPlace {
  requests_per_s: Interval;
  bytes_per_s: Interval;
}

/** A policy of a curve: all as chosen but the interval. */
export interface CurveSpot {
  interval_ms: number;
  /** The interval, in words. */
  label: string;
  /** Whether that is written along the curve. */
  labelled: boolean;
  /** Whether it is the interval chosen. */
  now: boolean;
  x: Place;
  /** The share of time that a list is out of date. */
  y: number;
  /** Whether a limit is exceeded by the formulas. */
  over: boolean;
  /** The cells of a table: out of date, requests, bytes. */
  cells: string[];
  words: string;
}

/** The policies without or with a version, from the longest interval to the shortest. */
export interface Curve {
  version: boolean;
  label: string;
  chosen: boolean;
  spots: CurveSpot[];
}

/** A policy by the formulas: the one chosen, or the one recommended. */
export interface PresentSpot {
  x: Place;
  /** The share of time that a list is out of date. */
  y: number;
  label: string;
}

/** The limit on the time out of date. */
export interface StaleLimit {
  /** As a share. */
  at: number;
  label: string;
}

/** A limit on requests, where the curve chosen begins to exceed it. */
export interface LoadLimit {
  /** Zeros where every interval exceeds it. */
  at: Place;
  label: string;
}

/** What all tokens carry. */
export interface Capacity {
  /** In requests a second. */
  at: number;
  label: string;
}

/** One day of all agents, simulated. */
export interface DaySpot {
  x: Place;
  /** The share of time that a list is out of date. */
  y: number;
}

/** The policy chosen, simulated; its load is scaled to the crowd chosen. */
export interface SimulatedSpot {
  x: IntervalPlace;
  /** The share of time that a list is out of date. */
  y: Interval;
  label: string;
}

/** All that is drawn. */
export interface Picture {
  title: string;
  y_axis: string;
  /** The one without a version, then the one with a version. */
  curves: Curve[];
  present: PresentSpot;
  /** Where it is another one than that chosen. */
  recommended: PresentSpot | null;
  most_stale: StaleLimit | null;
  limits: LoadLimit[];
  capacity: Capacity | null;
  day: DaySpot | null;
  simulated: SimulatedSpot | null;
}

/** What is chosen, what it gives and what was found for exactly that. */
export interface Told {
  chosen: Chosen;
  crowd: string;
  policy: string;
  /** How the limits stand, as a sentence. */
  verdict: string;
  /** How they stand in all. */
  standing: "kept" | "open" | "over";
  summary: Summary;
  rows: MetricRow[];
  /** The heading over the values of one simulated day; nothing where there is none. */
  day: string;
  /** Whether five days of the policy chosen are still to be asked for. */
  due: boolean;
  notes: string[];
  picture: Picture;
  advice: Advice | null;
}

/** What a browser may ask for. */
export type Command = "apply" | "cancel" | "cheapest" | "check" | "confirm" | "set";

/** What the widget holds for the browser, by the names of its traits. */
export interface PanelTold {
  controls: ControlGroup[];
  told: Told;
  error: string;
  owes: boolean;
  answered: number;
}
