import type { MessageLedger, SyncedRoot } from "../protocol/messageLedger.js";
import { countThrough, type OutboxView } from "./outboxMirror.js";

/** A root that the Inbox knows, found again in the tree: the first `size` messages can be delivered under it. */
export interface CoveringRoot extends SyncedRoot {
  readonly size: number;
}

export interface Coverage {
  /** The one with the most messages; undefined while none was synced. */
  readonly best: CoveringRoot | undefined;
  /**
   * Roots that the messages A's node tells of do not lead to. They were proven on B: so the node has left something
   * out or made something up, or is behind.
   */
  readonly unexplained: readonly SyncedRoot[];
}

/**
 * Which of the messages can be delivered. Nothing that A's node says is believed: a message counts as covered only if
 * the root recomputed from it is one that the Inbox has proven.
 */
export function coverageOf(outbox: OutboxView, { roots }: MessageLedger): Coverage {
  const newestFirst = [...roots.values()].sort((a, b) => (a.number > b.number ? -1 : 1));
  const unexplained: SyncedRoot[] = [];
  for (const entry of newestFirst) {
    const size = countThrough(outbox, entry.number);
    if (size > 0 && outbox.tree.root(size) === entry.root.toLowerCase()) {
      return { best: { ...entry, size }, unexplained };
    }
    unexplained.push(entry);
  }
  return { best: undefined, unexplained };
}
