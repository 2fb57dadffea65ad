// What goes wrong in a replay that its caller can mend.

/** Shown without a stack: its message says what was expected, what came, and what to do. */
export class ReplayError extends Error {}
