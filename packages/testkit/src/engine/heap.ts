/** A binary heap of things by the time at which they are due, so that a wake-up touches only what is due. */

export interface DueHeap<T> {
  readonly size: () => number;
  push(dueNs: number, item: T): void;
  /** Time of the first; Infinity when there is none. */
  nextNs(): number;
  /** Takes the first away. */
  pop(): T | undefined;
}

/** Of things that are due at once, any comes first. */
export function createDueHeap<T>(): DueHeap<T> {
  const times: number[] = [];
  const items: T[] = [];
  const timeAt = (index: number) => times[index] ?? Infinity;

  function swap(a: number, b: number): void {
    const [timeA, timeB, itemA, itemB] = [times[a], times[b], items[a], items[b]];
    if (timeA === undefined || timeB === undefined || itemA === undefined || itemB === undefined) return;
    times[a] = timeB;
    times[b] = timeA;
    items[a] = itemB;
    items[b] = itemA;
  }

  return {
    size: () => times.length,
    nextNs: () => timeAt(0),
    push(dueNs, item) {
      let index = times.push(dueNs) - 1;
      items.push(item);
      while (index > 0) {
        const parent = (index - 1) >> 1;
        if (timeAt(parent) <= timeAt(index)) break;
        swap(parent, index);
        index = parent;
      }
    },
    pop() {
      const last = times.length - 1;
      if (last < 0) return undefined;
      swap(0, last);
      times.pop();
      const item = items.pop();
      let index = 0;
      for (;;) {
        const left = 2 * index + 1;
        const child = timeAt(left + 1) < timeAt(left) ? left + 1 : left;
        if (timeAt(index) <= timeAt(child)) return item;
        swap(index, child);
        index = child;
      }
    },
  };
}
