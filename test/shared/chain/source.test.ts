import assert from "node:assert/strict";
import { after, afterEach, before, describe, it } from "node:test";
import { startDestinationNode } from "../../../devnet/destinationNode.js";
import { createRpc } from "../../../shared/chain/rpc.js";
import { executeSourceBlock, replayBlock } from "../../../shared/chain/executeSourceBlock.js";
import { createSource, type Source } from "../../../shared/chain/source.js";
import { MissingNode } from "../../../shared/execution/errors.js";
import { hardhatForks, singleFork } from "../../../shared/execution/forks.js";
import { isOptisyncError } from "../../../shared/runtime/errors.js";
import { compileExercise } from "../../support/contracts.js";
import { DEVELOPER, openTestSource, startTestSource, type TestSource } from "../../support/hardhatNode.js";
import { startLyingProxy, type LyingProxy } from "../../support/lyingProxy.js";

const ZERO_SLOT = `0x${"0".repeat(64)}`;
const TOTAL_SLOT = `0x${"3".padStart(64, "0")}`;

interface BlockJson {
  hash: string;
  stateRoot: string;
  gasUsed: string;
  extraData: string;
  number: string;
  transactions: Record<string, unknown>[];
}
interface ProofJson {
  balance: string;
  nonce: string;
  storageHash: string;
  accountProof: string[];
  storageProof: { value: string; proof: string[] }[];
}

/** Another last byte. */
function bent(hex: string): string {
  return hex.slice(0, -2) + (hex.endsWith("00") ? "01" : "00");
}

function lied(fact: string): (error: unknown) => boolean {
  return (error) =>
    isOptisyncError(error, "SourceLied") && error.details["fact"] === fact && error.action === "retry";
}

const withoutNodes = (proof: unknown): unknown => ({
  ...(proof as ProofJson),
  storageProof: [{ key: "0x0", value: "0x0", proof: [] }],
});

describe("a source that lies", () => {
  const exercise = compileExercise();
  let chain: TestSource;
  let proxy: LyingProxy;
  let contract: string;

  before(async () => {
    chain = await startTestSource();
    proxy = await startLyingProxy(chain.node.url);
    contract = (await chain.send({ data: exercise.bytecode })).contractAddress as string;
    const calls: [string, ...bigint[]][] = [
      ["setMany(uint256,uint256,uint256)", 0n, 30n, 3n],
      ["transfer(address,uint256)", 7n, 5n],
      ["setMany(uint256,uint256,uint256)", 3n, 25n, 0n],
    ];
    for (const [signature, ...words] of calls) {
      await chain.send({ to: contract, data: exercise.call(signature, ...words) });
    }
  });
  afterEach(() => proxy.repent());
  after(async () => {
    await proxy.close();
    await chain.close();
  });

  const open = (): Promise<Source> => openTestSource(proxy.url);
  /** Changes a field of each block that the node answers with. */
  function lieAboutBlocks(change: (block: BlockJson) => Partial<BlockJson>): void {
    for (const method of ["eth_getBlockByNumber", "eth_getBlockByHash"]) {
      proxy.lie(method, (block) => ({ ...(block as BlockJson), ...change(block as BlockJson) }));
    }
  }

  it("is believed as long as it tells the truth", async () => {
    const source = await open();
    const { verdict } = await executeSourceBlock(source, 3n);
    assert.deepEqual(verdict, { kind: "match" });
  });

  for (const field of ["stateRoot", "gasUsed", "extraData"] as const) {
    it(`about a header's ${field}`, async () => {
      const source = await open();
      lieAboutBlocks((block) => ({
        [field]: field === "gasUsed" ? "0x1" : bent(block[field] === "0x" ? "0x00" : block[field]),
      }));
      await assert.rejects(executeSourceBlock(source, 3n), lied("header"));
    });
  }

  it("by answering with another block than the one asked for", async () => {
    const source = await open();
    const other = await chain.rpc.request("eth_getBlockByNumber", ["0x2", true]);
    proxy.lie("eth_getBlockByNumber", () => other);
    await assert.rejects(source.headerByNumber(3n), lied("header"));
    proxy.lie("eth_getBlockByHash", () => other);
    await assert.rejects(source.headerByHash(`0x${"11".repeat(32)}`), lied("header"));
  });

  it("by leaving a transaction out", async () => {
    const source = await open();
    lieAboutBlocks(() => ({ transactions: [] }));
    await assert.rejects(executeSourceBlock(source, 3n), lied("transactions"));
  });

  it("by changing a transaction's value", async () => {
    const source = await open();
    lieAboutBlocks((block) => ({
      transactions: block.transactions.map((transaction) => ({ ...transaction, value: "0x1" })),
    }));
    await assert.rejects(executeSourceBlock(source, 3n), lied("transactions"));
  });

  it("by changing a transaction and its hash alike", async () => {
    const source = await open();
    const [other] = ((await chain.rpc.request("eth_getBlockByNumber", ["0x2", true])) as BlockJson)
      .transactions;
    lieAboutBlocks(() => ({ transactions: [other as Record<string, unknown>] }));
    await assert.rejects(executeSourceBlock(source, 3n), lied("transactions"));
  });

  it("about code", async () => {
    const source = await open();
    proxy.lie("eth_getCode", (code) => bent(code as string));
    await assert.rejects(executeSourceBlock(source, 3n), lied("code"));
  });

  it("about code, saying that there is none", async () => {
    const source = await open();
    proxy.lie("eth_getCode", () => "0x");
    await assert.rejects(executeSourceBlock(source, 3n), lied("code"));
  });

  it("about an account's proof node, while a block is executed", async () => {
    const source = await open();
    proxy.lie("eth_getProof", (proof) => {
      const { accountProof } = proof as ProofJson;
      return {
        ...(proof as ProofJson),
        accountProof: accountProof.map((node, at) => (at === 0 ? bent(node) : node)),
      };
    });
    await assert.rejects(executeSourceBlock(source, 3n), lied("proof"));
  });

  it("about a slot's proof node, while a block is executed", async () => {
    const source = await open();
    proxy.lie("eth_getProof", (proof) => ({
      ...(proof as ProofJson),
      storageProof: (proof as ProofJson).storageProof.map((slot) => ({
        ...slot,
        proof: slot.proof.map(bent),
      })),
    }));
    await assert.rejects(executeSourceBlock(source, 3n), lied("proof"));
  });

  it("about what became of a deleted slot's sibling, which proofs of keys beside it show all the same", async () => {
    const source = await open();
    proxy.lie("eth_getProof", (proof, [, , number]) => (number === "0x4" ? withoutNodes(proof) : proof));
    assert.equal((await executeSourceBlock(source, 4n)).verdict.kind, "match");
  });

  it("about a deleted slot's sibling in every way", async () => {
    const source = await open();
    // The block clears most of a storage: without true proofs after it or beside the slot, no sibling can be told.
    proxy.lie("eth_getProof", (proof, [, slots, number]) => {
      const isBeside = (slots as string[]).some((slot) => BigInt(slot) < 2n ** 20n);
      return number === "0x4" || isBeside ? withoutNodes(proof) : proof;
    });
    await assert.rejects(executeSourceBlock(source, 4n), lied("proof"));
  });

  it("about an account's balance, nonce and storage root", async () => {
    const source = await open();
    for (const change of [{ balance: "0x1" }, { nonce: "0x99" }, { storageHash: `0x${"22".repeat(32)}` }]) {
      proxy.lie("eth_getProof", (proof) => ({ ...(proof as ProofJson), ...change }));
      await assert.rejects(source.accountProof(3n, contract, []), lied("value"));
    }
  });

  it("about a slot's value", async () => {
    const source = await open();
    proxy.lie("eth_getProof", (proof) => ({
      ...(proof as ProofJson),
      storageProof: (proof as ProofJson).storageProof.map((slot) => ({ ...slot, value: "0x5" })),
    }));
    await assert.rejects(source.accountProof(3n, contract, [TOTAL_SLOT]), lied("value"));
  });

  it("by cutting a proof short: that is no absence", async () => {
    const source = await open();
    proxy.lie("eth_getProof", (proof) => ({
      ...(proof as ProofJson),
      storageProof: (proof as ProofJson).storageProof.map((slot) => ({
        ...slot,
        value: "0x0",
        proof: slot.proof.slice(0, -1),
      })),
    }));
    await assert.rejects(source.accountProof(3n, contract, [TOTAL_SLOT]), lied("proof"));
  });

  it("about one height, with a header of another chain whose hash is right", async () => {
    const other = await startTestSource();
    try {
      for (let count = 0; count < 3; count += 1) await other.rpc.request("evm_mine", []);
      const foreign = await other.rpc.request("eth_getBlockByNumber", ["0x3", true]);
      const source = await open();
      await source.finalizedHead();
      const truth = (await chain.rpc.request("eth_getBlockByNumber", ["0x3", true])) as BlockJson;
      proxy.lie("eth_getBlockByNumber", (block, [at]) => (at === "0x3" ? foreign : block));
      assert.equal((await source.headerByNumber(3n)).hash, truth.hash);
      await assert.rejects(source.accountProof(3n, contract, []).then(() => executeSourceBlock(source, 3n)));
    } finally {
      await other.close();
    }
  });

  it("about which block is final: one above the head", async () => {
    const source = await createSource({
      rpc: createRpc({ urls: [proxy.url] }),
      forks: hardhatForks(31_337n),
      finality: { kind: "tag" },
    });
    const old = await chain.rpc.request("eth_getBlockByNumber", ["0x1", false]);
    proxy.lie("eth_getBlockByNumber", (block, [tag]) => (tag === "latest" ? old : block));
    await assert.rejects(source.finalizedHead(), lied("blockTag"));
  });

  it("by going back: that is lagging, as long as it contradicts nothing", async () => {
    const source = await open();
    await source.finalizedHead();
    const old = await chain.rpc.request("eth_getBlockByNumber", ["0x1", false]);
    proxy.lie("eth_getBlockByNumber", () => old);
    await assert.rejects(source.finalizedHead(), (error) => isOptisyncError(error, "SourceLagging"));
  });

  it("by not having a block", async () => {
    const source = await open();
    await assert.rejects(
      executeSourceBlock(source, 99n),
      (error) => isOptisyncError(error, "SourceLagging") && error.action === "retry",
    );
    proxy.lie("eth_getBlockByHash", () => null);
    await assert.rejects(source.headerByHash(`0x${"33".repeat(32)}`), (error) =>
      isOptisyncError(error, "SourceLagging"),
    );
  });

  it("by answering with something that is no block or proof", async () => {
    const source = await open();
    proxy.lie("eth_getBlockByNumber", () => ({ number: "0x3", hash: "0x00" }));
    await assert.rejects(source.headerByNumber(3n), (error) => isOptisyncError(error, "SourceMalformed"));
    proxy.repent();
    proxy.lie("eth_getProof", () => ({ accountProof: "0x" }));
    await assert.rejects(source.accountProof(3n, contract, []), (error) =>
      isOptisyncError(error, "SourceMalformed"),
    );
  });

  it("about its chain", async () => {
    proxy.lie("eth_chainId", () => "0x1");
    await assert.rejects(
      open(),
      (error) => isOptisyncError(error, "SourceWrongChain") && error.action === "halt",
    );
  });
});

describe("a source that tells the truth", () => {
  let chain: TestSource;
  before(async () => {
    chain = await startTestSource();
    for (let count = 0; count < 5; count += 1) await chain.send({ to: `0x${"12".repeat(20)}`, value: "0x1" });
  });
  after(() => chain.close());

  it("proves presence and absence with the nodes of the walk only", async () => {
    const source = await openTestSource(chain.node.url);
    const present = await source.accountProof(3n, DEVELOPER, [ZERO_SLOT]);
    assert.equal(present.account?.nonce, 3n);
    assert.deepEqual(present.slots, [{ slot: ZERO_SLOT, value: 0n, proof: [] }]);
    assert.ok(present.accountProof.length >= 2);
    const absent = await source.accountProof(3n, `0x${"99".repeat(20)}`, []);
    assert.equal(absent.account, null);
    assert.ok(absent.accountProof.length >= 1);
  });

  it("counts the depth of finality from the head", async () => {
    const source = await createSource({
      rpc: chain.rpc,
      forks: hardhatForks(31_337n),
      finality: { kind: "depth", blocks: 2n },
    });
    assert.equal((await source.finalizedHead()).number, (await source.latestHead()).number - 2n);
  });

  it("finds ancestors by parent hashes", async () => {
    const source = await openTestSource(chain.node.url);
    const head = await source.headerByNumber(5n);
    for (const number of [0n, 3n, 4n]) {
      assert.equal(await source.ancestorHash(head, number), (await source.headerByNumber(number)).hash);
    }
  });

  it("asks again, and calls nobody a liar, when the chain was reorganised in between", async () => {
    const snapshot = await chain.rpc.request("evm_snapshot", []);
    await chain.send({ to: `0x${"34".repeat(20)}`, value: "0x1" });
    const source = await openTestSource(chain.node.url);
    const dropped = await source.latestHead();
    const block = await source.verifiedBlock(dropped.hash);
    await chain.rpc.request("evm_revert", [snapshot]);
    await chain.send({ to: `0x${"56".repeat(20)}`, value: "0x2" });
    const witness = await source.witnessFor(block, await source.headerByHash(dropped.parentHash));
    const missing = { hash: "11".repeat(32), role: "path", path: "", address: "12".repeat(20) } as const;
    await assert.rejects(
      witness.withNodes({ address: missing.address }, () => {
        throw new MissingNode(missing.hash, missing.path, missing.role);
      }),
      (error) => isOptisyncError(error, "SourceReorganized") && error.action === "retry",
    );
  });

  it("replays a block by number", async () => {
    const outcome = await replayBlock(await openTestSource(chain.node.url), 2n);
    assert.equal(outcome.summary, "ok");
    assert.equal(outcome.gasUsed, 21_000n);
  });

  it("is not judged beyond the forks that are configured here", async () => {
    const { timestamp } = await (await openTestSource(chain.node.url)).headerByNumber(3n);
    const source = await createSource({
      rpc: chain.rpc,
      forks: { ...hardhatForks(31_337n), sunset: timestamp },
      finality: { kind: "depth", blocks: 0n },
    });
    await assert.rejects(
      executeSourceBlock(source, 3n),
      (error) => isOptisyncError(error, "UnknownFork") && error.action === "halt",
    );
    assert.equal((await executeSourceBlock(source, 2n)).verdict.kind, "match");
  });
});

describe("a source with roots of its own", () => {
  it("is refused by name", async () => {
    const node = await startDestinationNode();
    try {
      await assert.rejects(
        openTestSource(node.url, node.chainId),
        (error) =>
          isOptisyncError(error, "SourceNotCanonical") &&
          error.action === "halt" &&
          /^anvil cannot be a source chain/.test(error.message),
      );
    } finally {
      await node.close();
    }
  });
});

describe("a source of another kind than configured", () => {
  it("is refused: how its node calls itself does not change how blocks are executed", async () => {
    const { node, close } = await startTestSource();
    try {
      const open = createSource({
        rpc: createRpc({ urls: [node.url] }),
        forks: singleFork(31_337n, "prague"),
        finality: { kind: "tag" },
      });
      await assert.rejects(
        open,
        (error) =>
          isOptisyncError(error, "SourceWrongClient") &&
          error.action === "halt" &&
          error.details["got"] === "hardhat",
      );
    } finally {
      await close();
    }
  });
});
