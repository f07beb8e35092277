// What the kernel tells, and how: out of workshop/told.py, by tools/typedefs.py.

/** One trap's lab. Values stand in the pool once each, and elsewhere by their places in it. */
export interface LaneTold {
  trap: string;
  pool: any[];
  /** What the lab is told when it is opened, by the names of its traits. */
  first: Record<string, number>;
  /** What a command changes, by its name and value, such as ``preset E4b`` or ``step 2``. */
  answers: Record<string, Record<string, number>>;
}
