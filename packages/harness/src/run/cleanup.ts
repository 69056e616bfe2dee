/** What has to be undone when a run ends, however it ends. */

export interface Cleanup {
  /** To be undone before everything that was added earlier. */
  add(undo: () => void | Promise<void>): void;
  /** Undoes everything, last first, whatever happens to one of them; gives what was thrown. */
  run(): Promise<unknown[]>;
}

export function createCleanup(): Cleanup {
  const undos: (() => void | Promise<void>)[] = [];
  return {
    add: (undo) => {
      undos.push(undo);
    },
    async run() {
      const errors: unknown[] = [];
      for (const undo of undos.splice(0).reverse()) {
        try {
          await undo();
        } catch (error) {
          errors.push(error);
        }
      }
      return errors;
    },
  };
}
