/** What a conformance suite is made of. */

/** Why a rule has no meaning for a subject, in words that finish the sentence "left out: ...". */
export interface DoesNotApply {
  readonly leftOut: string;
}

/** One thing that the harness relies on. */
export interface Rule<Subject> {
  /** Stable, dotted: `backend.service.deterministic`. */
  readonly id: string;
  /** Finishes the sentence "A backend ...". */
  readonly title: string;
  /** Throws an Error that says what is wrong and what is asked for. */
  check(subject: Subject): void | DoesNotApply | Promise<void | DoesNotApply>;
}
