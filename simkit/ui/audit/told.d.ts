// What the kernel tells, and how: out of audit/told.py, by tools/typedefs.py.

/** What was dropped or chosen, before any of it goes over. */
export interface Dropped {
  name: string;
  /** In bytes. */
  size: number;
  folder: boolean;
}

/** What is about to come, then its bytes in pieces, each with the number of bytes before it. */
export type Command = "begin" | "piece";

/** What the widget holds for the browser, by the names of its traits. */
export interface ZoneTold {
  /** Of one file. */
  most_bytes: number;
  /** What came of the last drop. */
  said: string;
  error: string;
  owes: boolean;
  answered: number;
}
