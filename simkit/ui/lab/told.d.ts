// What the kernel tells, and how: out of lab/told.py, by tools/typedefs.py.
import type { Stage, Story } from "../stage/told";

/** What the browser says, in the language that is spoken. */
export interface Language {
  tag: string;
  /** Texts by their English; lists where they depend on a number. */
  words: Record<string, any>;
}

/** A stretch of time, its end not within it. */
export interface Span {
  start: number;
  end: number;
}

/** An entry of a select. */
export interface Entry {
  value: string;
  text: string;
}

/** What turns ms of the run into ms of the local day, from a moment on. */
export interface ClockOffset {
  start: number;
  offset: number;
}

/** A kind of discrepancy; its place is that of its bit. */
export interface DiscrepancyKind {
  kind: string;
  words: string;
}

/** Whose doing something is, in a picture over time. */
export type Lane = "agent" | "page" | "admin" | "wfm" | "routing";

/** A row of a picture over time. */
export interface LaneWords {
  lane: "agent" | "page" | "admin" | "wfm" | "routing";
  words: string;
}

/** A division of the tree. */
export interface DivisionNode {
  name: string;
  /** Its place among the divisions. */
  parent: number;
  /** How many codes are bound to it, deactivated ones among them. */
  codes: number;
  agents: number;
}

/** A code of a division became active, or inactive. */
export interface ActivityChange {
  t: number;
  /** The place of the code's division. */
  division: number;
  /** Active codes more (1) or fewer (-1). */
  codes: number;
}

/** What all that is told refers to. */
export interface World {
  organisation: string;
  zone: string;
  clock: ClockOffset[];
  kinds: DiscrepancyKind[];
  lanes: LaneWords[];
  divisions: DivisionNode[];
  changes: ActivityChange[];
}

/** A stretch of the shift in which desk and truth stay as they are; it lasts until the next. */
export interface Piece {
  start: number;
  /** Its place among the desks. */
  desk: number;
  truth: number;
  says: number;
}

/** A code in the list that the agent sees. */
export interface DeskEntry {
  /** The number of the code, which an act names. */
  code: number;
  name: string;
  color: string;
  type: string;
  /** Why it cannot be used, or nothing. */
  unusable: string;
}

/** The widget as the agent sees it. */
export interface DeskShown {
  state: "list" | "empty" | "loading" | "frozen" | "locked";
  /** What stands in the box where nothing is chosen. */
  box: string;
  entries: DeskEntry[];
  status: string;
  said: "" | "success" | "error" | "warned";
  detail: string;
  /** When a lock ends, or nothing. */
  until: string;
}

/** What is true of the desk. */
export interface TruthShown {
  division: string;
  status: string;
  /** Whether the status is another than the agent believes. */
  differs: boolean;
  hidden: string[];
  hidden_words: string;
  /** Whether there is any discrepancy. */
  wrong: boolean;
  /** The place of the agent's division. */
  home: number;
  /** The place of the division that the list was asked for. */
  asked: number;
  /** The places of the divisions that it shows codes of. */
  visible: number[];
}

/** A status over time. */
export interface StatusSpan {
  start: number;
  end: number;
  words: string;
  kind: "available" | "scheduled" | "reason";
}

/** Where belief and truth part, in one way and for one reason. */
export interface DiscrepancySpan {
  start: number;
  end: number;
  kind: string;
  words: string;
  /** The place of the record that made them part. */
  culprit: number;
  why: string;
  /** The rule that keeps it open, or nothing. */
  rule: string;
}

/** Polls that leave at regular times, the first at the start. */
export interface PollSpan {
  start: number;
  end: number;
  step: number;
}

/** When a token died. */
export interface ExpiryMark {
  t: number;
  words: string;
}

/** A record of the log. */
export interface RecordLine {
  t: number;
  side: "ui" | "platform" | "script";
  /** The kind of marker that stands for it over time, or nothing. */
  mark: string;
  /** The row of the picture that it is marked in. */
  lane: "agent" | "page" | "admin" | "wfm" | "routing";
  words: string;
  /** The place of the record that caused it. */
  cause: number;
  /** The rule that decided it, or nothing. */
  rule: string;
  kind: string;
  /** What joins it to its cause, in words. */
  join: string;
}

/** One agent's day: the desk and the truth at every moment, statuses, discrepancies, records. */
export interface Day {
  agent: string;
  /** The short name of the run. */
  label: string;
  start: number;
  end: number;
  title: string;
  shift: string;
  pieces: Piece[];
  desks: DeskShown[];
  truths: TruthShown[];
  says: string[];
  belief: StatusSpan[];
  truth: StatusSpan[];
  discrepancies: DiscrepancySpan[];
  locks: Span[];
  polls: PollSpan[];
  expiries: ExpiryMark[];
  records: RecordLine[];
  /** Where discrepancies begin. */
  stops: number[];
}

/** Where two days part. */
export interface Parting {
  t: number;
  words: string;
}

/** The runs side by side. */
export interface Sides {
  title: string;
  /** What the trap is called, without its id. */
  about: string;
  /** What is found on the day in all of them, in one sentence. */
  found: string;
  sides: Day[];
  parting: Parting | null;
}

/** A stretch with a discrepancy, its kinds as bits. */
export interface DiscrepancyBits {
  start: number;
  end: number;
  kinds: number;
}

/** An agent, and when the agent was misled. */
export interface AgentLine {
  id: string;
  name: string;
  division: string;
  discrepancy_ms: number;
  shift: Span;
  spans: DiscrepancyBits[];
}

/** All agents of a run, one by one. */
export interface AgentLines {
  title: string;
  label: string;
  start: number;
  end: number;
  agents: AgentLine[];
}

/** An agent of thousands. */
export interface AgentSum {
  id: string;
  name: string;
  division: string;
  discrepancy_ms: number;
  /** When the first discrepancy begins. */
  first: number | null;
  /** Kinds of discrepancies, as bits. */
  kinds: number;
}

/** A row of the picture. */
export interface CrowdGroup {
  /** Its first agent. */
  id: string;
  /** Which ones, in words. */
  agents: string;
}

/** How many agents, bin by bin. */
export interface CrowdLine {
  kind: string;
  words: string;
  values: number[];
}

/** All agents of a large run: in groups, and counted. */
export interface Crowd {
  title: string;
  label: string;
  start: number;
  end: number;
  /** When the first bin begins. */
  first: number;
  /** The length of a bin in ms. */
  every: number;
  /** The highest share, in %, that each shade stands for. */
  limits: number[];
  /** Agents in a group. */
  size: number;
  groups: CrowdGroup[];
  /** Of each group and bin, in %; below 0 where nobody is on shift. */
  shares: number[][];
  lines: CrowdLine[];
  /** The cells of a table. */
  hours: string[][];
  agents: AgentSum[];
}

/** All agents in the runs side by side. */
export interface Overview {
  sides: AgentLines[] | Crowd[];
}

/** A line of what is changed, and what replications say of it. */
export interface Lesson {
  kind: "what" | "diff" | "verdict";
  words: string;
  /** The dotted name of the field that is changed, or nothing. */
  field: string;
}

/** A field of the settings as a control. */
export interface FieldControl {
  path: string;
  /** The field in plain words. */
  label: string;
  kind: "flag" | "whole" | "decimal" | "choice" | "several" | "text" | "json";
  description: string;
  low: number | null;
  high: number | null;
  options: any[];
  /** The options in plain words, in their order. */
  option_words: string[];
  optional: boolean;
}

/** What can be shown in a story, in a word, and in more. */
export interface SwitchEntry {
  value: string;
  text: string;
  title: string;
}

/** The entries of all controls, what is chosen, and the lesson of it. */
export interface Choices {
  traps: Entry[];
  trap: string;
  presets: Entry[];
  preset: string;
  also: Entry[];
  second: string;
  /** The trap and the fixes that the guide documents; none where there is no story. */
  switch: SwitchEntry[];
  agent: string;
  rank: number;
  organisations: Entry[];
  organisation: string;
  seed: number;
  trace: boolean;
  live: boolean;
  minutes: number;
  acts: number;
  lesson: Lesson[];
  fields: FieldControl[];
  /** The value of each field, by its path. */
  values: Record<string, any>;
}

/** The symptom in one run. */
export interface SymptomValue {
  label: string;
  value: number | null;
  words: string;
}

/** The trap's own metric, run by run. */
export interface Symptom {
  title: string;
  /** What is measured; the values carry its unit. */
  what: string;
  values: SymptomValue[];
}

/** The metrics of the runs side by side. */
export interface Numbers {
  heads: string[];
  /** The cells of a table. */
  rows: string[][];
  caption: string;
  symptom: Symptom;
  /** What replications say. */
  verdict: string;
}

/** What replications say of the numbers, all of it of means over days with other seeds. */
export interface Intervals {
  /** How many days, and with which seeds; or why there are none. */
  words: string;
  /** Beside each value of the table, row by row: a mean and its 95 % interval, or nothing. */
  cells: string[][];
  /** Mean, low and high of the symptom, run by run; nothing where it does not apply. */
  ranges: number[][];
  /** Beside each step of the story, or nothing. */
  story: string[];
}

/** What a browser may ask for. */
export type Command = "act" | "agent" | "cancel" | "explore" | "field" | "live" | "load" | "measure" | "minutes" | "moment" | "organisation" | "preset" | "reset" | "save" | "second" | "seed" | "step" | "trap" | "undo";

/** A part of a lab that is a widget of its own. */
export type PartName = "desk" | "truth" | "stage" | "timeline" | "divisions" | "causes" | "numbers" | "everyone" | "settings_form";

/** What the widget holds for the browser, by the names of its traits. */
export interface LabTold {
  part: "lab" | "day";
  language: Language;
  story: Story;
  /** Which step of the story is told; -1 before it begins. */
  step: number;
  /** One for each of the runs side by side. */
  stages: Stage[];
  /** Whether all controls are shown in place of the story. */
  explore: boolean;
  world: World;
  /** The source of each deciding rule. */
  rules: Record<string, string>;
  fields: Record<string, FieldControl[]>;
  sides: Sides;
  choices: Choices;
  agents: Entry[];
  metrics: Numbers | null;
  overview: Overview | null;
  /** None, as the two above, until the kernel has come to it. */
  intervals: Intervals | null;
  moment: number;
  snippet: string;
  notes: string[];
  error: string;
  owes: boolean;
  /** Whether there is no kernel and will be none: what is not told cannot be asked for. */
  told_only: boolean;
  answered: number;
}
