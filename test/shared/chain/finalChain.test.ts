import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { FinalChain, LINKED_WINDOW } from "../../../shared/chain/finalChain.js";
import type { SourceHeader } from "../../../shared/chain/sourceHeader.js";

/** A chain of headers named by branch and height, forking off "a" at `fork`. */
function world(): {
  read: (hash: string) => Promise<SourceHeader>;
  header: (name: string, fork?: bigint) => SourceHeader;
  reads: string[];
} {
  const reads: string[] = [];
  const forks = new Map<string, bigint>();
  function header(name: string, fork?: bigint): SourceHeader {
    const branch = name.charAt(0);
    if (fork !== undefined) forks.set(branch, fork);
    const number = BigInt(name.slice(1));
    const parentBranch = number - 1n <= (forks.get(branch) ?? -1n) ? "a" : branch;
    return { hash: name, parentHash: `${parentBranch}${number - 1n}`, number } as SourceHeader;
  }
  const read = async (hash: string): Promise<SourceHeader> => {
    reads.push(hash);
    return header(hash);
  };
  return { read, header, reads };
}

describe("FinalChain", () => {
  it("finds ancestors, each header read once", async () => {
    const { read, header, reads } = world();
    const chain = new FinalChain(read);
    assert.equal((await chain.ancestor(header("a100"), 90n)).hash, "a90");
    reads.length = 0;
    assert.equal((await chain.ancestor(header("a100"), 95n)).hash, "a95");
    assert.deepEqual(reads, ["a95"]);
  });

  it("extends to a new head without walking further than the old one", async () => {
    const { read, header, reads } = world();
    const chain = new FinalChain(read);
    await chain.ancestor(header("a100"), 90n);
    reads.length = 0;
    assert.equal((await chain.ancestor(header("a103"), 92n)).hash, "a92");
    assert.deepEqual(reads, ["a102", "a101", "a92"]);
  });

  it("tells ahead which heights it is going to walk, in bounded portions that cover all", async () => {
    const { read, header } = world();
    const told: [bigint, bigint][] = [];
    const chain = new FinalChain(read, async (low, high) => void told.push([low, high]));
    await chain.ancestor(header("a1000"), 300n);
    assert.deepEqual(told, [
      [744n, 1000n],
      [488n, 744n],
      [300n, 488n],
    ]);
    told.length = 0;
    await chain.ancestor(header("a1600"), 1_500n);
    assert.deepEqual(told, [
      [1344n, 1599n],
      [1088n, 1343n],
      [1001n, 1087n],
    ]);
  });

  it("forgets a chain that the new head does not continue", async () => {
    const { read, header } = world();
    const chain = new FinalChain(read);
    await chain.ancestor(header("a100"), 50n);
    const head = header("b104", 60n);
    for (const [number, hash] of [
      [103n, "b103"],
      [100n, "b100"],
      [61n, "b61"],
      [60n, "a60"],
      [55n, "a55"],
    ] as const) {
      assert.equal((await chain.ancestor(head, number)).hash, hash);
    }
  });

  it("forgets a chain for another head of the same height or a lower one", async () => {
    const { read, header } = world();
    const chain = new FinalChain(read);
    await chain.ancestor(header("a100"), 50n);
    assert.equal((await chain.ancestor(header("b100", 60n), 80n)).hash, "b80");
    assert.equal((await chain.ancestor(header("c90", 60n), 80n)).hash, "c80");
  });

  it("begins anew after a gap wider than its window", async () => {
    const { read, header, reads } = world();
    const chain = new FinalChain(read);
    await chain.ancestor(header("a100"), 99n);
    reads.length = 0;
    const head = header(`a${100n + 2n * LINKED_WINDOW}`);
    assert.equal((await chain.ancestor(head, head.number - 1n)).number, head.number - 1n);
    assert.ok(reads.length <= Number(LINKED_WINDOW) + 1);
  });

  it("keeps walks that were asked for at once apart", async () => {
    const { read, header } = world();
    const chain = new FinalChain(read);
    const [a, b] = [header("a100"), header("b100", 60n)];
    const found = await Promise.all([
      chain.ancestor(a, 50n),
      chain.ancestor(b, 70n),
      chain.ancestor(a, 70n),
      chain.ancestor(b, 50n),
    ]);
    assert.deepEqual(
      found.map(({ hash }) => hash),
      ["a50", "b70", "a70", "a50"],
    );
  });

  it("goes on from a lower head on the same chain", async () => {
    const { read, header } = world();
    const chain = new FinalChain(read);
    await chain.ancestor(header("a100"), 90n);
    assert.equal((await chain.ancestor(header("a95"), 91n)).hash, "a91");
    assert.equal((await chain.ancestor(header("a101"), 91n)).hash, "a91");
  });
});
