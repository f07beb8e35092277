// What the kernel tells, and how: out of stage/told.py, by tools/typedefs.py.

/** Who acts, where no message is what happens. */
export type Actor = "agent" | "page" | "network" | "admin" | "wfm" | "routing";

/** What is the same of all messages that look alike. */
export interface MessageLook {
  kind: "config" | "list" | "renew" | "submit";
  /** HTTP status of the reply; 0 where there is none. */
  status: number;
  fate: "lost" | "refused" | "unread" | "outdated" | "thrown away" | "taken" | "from cache" | "applied" | "ignored";
  shown: "" | "success" | "error";
  /** What is asked, in words; what is chosen, for a choice. */
  asks: string;
  answers: string;
  /** The same, as short as can be. */
  chip: string;
  /** What becomes of it, in words. */
  ends: string;
  /** Whether it is a part of what goes wrong. */
  wrong: boolean;
}

/** All messages of a day as columns, in the order in which they leave. */
export interface Messages {
  looks: MessageLook[];
  /** The place of each message's look. */
  look: number[];
  leaves: number[];
  /** How long each is on its way to the platform; -1 where it does not get there. */
  up: number[];
  /** How long until the page knows. */
  total: number[];
}

/** Something worth stopping at: a message that tells something, or what somebody does. */
export interface Beat {
  t: number;
  /** Its place, or -1. */
  message: number;
  /** The place of the record that it led to, or is, among those of the day. */
  record: number;
  actor: "agent" | "page" | "network" | "admin" | "wfm" | "routing";
  /** What is done, in a few words, for the card of whoever acts. */
  short: string;
  /** Polls since the beat before it that changed nothing. */
  quiet: number;
}

/** A token from the moment on at which its life last began anew. */
export interface TokenSpan {
  start: number;
  dies: number;
}

/** A part of a sentence. */
export interface StoryPart {
  text: string;
  /** Whether it says what goes wrong. */
  wrong: boolean;
}

/** A question that is answered before the story goes on. */
export interface StoryQuestion {
  ask: string;
  /** What can be chosen; empty where a number is asked for. */
  options: string[];
  /** The place of the right option; -1 where that is a matter of judgement. */
  right: number;
  unit: string;
  /** The true number. */
  value: number | null;
}

/** One idea, and the moment that shows it. */
export interface StoryStep {
  parts: StoryPart[];
  t: number;
  lit: ("desk" | "list" | "choice" | "said" | "page" | "cache" | "token" | "message" | "platform" | "codes" | "status" | "admin" | "wfm" | "routing" | "timeline" | "everyone" | "switch")[];
  preset: string;
  small: string;
  question: StoryQuestion | null;
}

/** What a trap does to one agent, step by step; without steps there is none to tell. */
export interface Story {
  /** Whether it is known by now. */
  known: boolean;
  agent: string;
  steps: StoryStep[];
}

/** What happens between one agent's desktop and the platform. */
export interface Stage {
  messages: Messages;
  beats: Beat[];
  tokens: TokenSpan[];
  token_life: number;
  /** How long an answer is kept from the departure of its poll; 0 where the next replaces it. */
  list_life: number;
}
