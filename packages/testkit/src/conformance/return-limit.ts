/** Longest that a function of a plugin may go without coming back, in ms: a machine that others use too may stand still for seconds. */
export const RETURN_LIMIT_MS = 10_000;
