/**
 * Runs `work` for some items at a time, and gives the results in the order of the items. What is held in memory are the
 * results of `atOnce` items, however many there are. The first failure in that order ends it; work under way by then is
 * left to end by itself.
 */
export async function* readAhead<Item, Result>(
  items: Iterable<Item>,
  atOnce: number,
  work: (item: Item) => Promise<Result>,
): AsyncGenerator<Result> {
  const running: Promise<Result>[] = [];
  const iterator = items[Symbol.iterator]();
  for (;;) {
    while (running.length < Math.max(1, atOnce)) {
      const next = iterator.next();
      if (next.done === true) break;
      const result = work(next.value);
      // Its failure is told when its turn comes, if it comes.
      result.catch(() => undefined);
      running.push(result);
    }
    const first = running.shift();
    if (first === undefined) return;
    yield await first;
  }
}

/** The numbers from `first` to `last`, up or down, both included. */
export function* numbersUp(first: bigint, last: bigint): Generator<bigint> {
  for (let number = first; number <= last; number++) yield number;
}

export function* numbersDown(first: bigint, last: bigint): Generator<bigint> {
  for (let number = first; number >= last; number--) yield number;
}
