// What stops a release, for people.

/** A sentence on what is wrong, and one on what to do. */
export class ReleaseError extends Error {
  constructor(message, remedy) {
    super(message);
    this.name = 'ReleaseError';
    this.remedy = remedy;
  }
}
