/** What a conformance suite is made of. */

/** One thing that the harness relies on. */
export interface Rule<Subject> {
  /** Stable, dotted: `backend.service.deterministic`. */
  readonly id: string;
  /** What is asked of every plugin of the kind, a sentence. */
  readonly title: string;
  /** Why it has no meaning for this subject, in words that finish "left out: ..."; null where it has one. Left out: it always has. */
  leftOut?(subject: Subject): string | null;
  /** Rejects with an Error that says what is wrong and what is asked for. */
  check(subject: Subject): Promise<void>;
}

/** For a rule: throws `message`, which says what is wrong and what is asked for, unless `holds`. One that is dear to make is made only then. */
export function demand(holds: boolean, message: string | (() => string)): asserts holds {
  if (!holds) throw new Error(typeof message === 'string' ? message : message());
}
