import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { describe, it } from "node:test";
import { createBlock } from "@ethereumjs/block";
import { RLP } from "@ethereumjs/rlp";
import { createLegacyTx } from "@ethereumjs/tx";
import { executionCrypto, fromHex, keccak256, toHex } from "../../../shared/execution/crypto.js";
import { executeBlock, type BlockExecution } from "../../../shared/execution/executeBlock.js";
import { encodeAccount, FlatState } from "../../../shared/execution/flatState.js";
import {
  forkAt,
  rulesOf,
  singleFork,
  type ExecutionForks,
  type ForkName,
} from "../../../shared/execution/forks.js";
import { EMPTY_TRIE_ROOT, PartialTrie } from "../../../shared/execution/partialTrie.js";
import { listRoot, type RawBlock } from "../../../shared/execution/rawBlock.js";
import { Witness } from "../../../shared/execution/witness.js";
import { isOptisyncError } from "../../../shared/runtime/errors.js";

const KEY = fromHex("11".repeat(32));
const CONTRACT = "c0".repeat(20);
const OTHER = "0e".repeat(20);
const BEACON_ROOTS = "000f3df6d732807ef1319fb7b8bb8522d0beac02";
const BEACON_ROOT = "77".repeat(32);
/** The code that EIP-4788 deploys. */
const BEACON_ROOTS_CODE =
  "3373fffffffffffffffffffffffffffffffffffffffe14604d57602036146024575f5ffd5b5f35801560495762001fff810690815414603c575f5ffd5b62001fff01545f5260205ff35b5f5ffd5b62001fff42064281555f359062001fff015500";

interface TestAccount {
  balance?: bigint;
  nonce?: bigint;
  code?: string;
  storage?: Record<number, bigint>;
}
type World = Record<string, TestAccount>;

const noTrie = { node: () => undefined, isBranch: () => false };

/** The state trie of a few accounts, its nodes and codes in a witness. */
function stateOf(world: World): { root: string; witness: Witness; nodes: Map<string, Uint8Array> } {
  const nodes = new Map<string, Uint8Array>();
  const witness = new Witness({ nodes });
  const keep = (hash: string, rlp: Uint8Array): void => void nodes.set(hash, rlp);
  const accounts = new PartialTrie(EMPTY_TRIE_ROOT, noTrie);
  for (const [address, { balance = 0n, nonce = 0n, code = "", storage = {} }] of Object.entries(world)) {
    const slots = new PartialTrie(EMPTY_TRIE_ROOT, noTrie);
    for (const [slot, value] of Object.entries(storage)) {
      slots.put(toHex(keccak256(fromHex(Number(slot).toString(16).padStart(64, "0")))), RLP.encode(value));
    }
    witness.addCode(fromHex(code));
    const codeHash = toHex(keccak256(fromHex(code)));
    const leaf = encodeAccount({ nonce, balance, storageRoot: slots.root(keep), codeHash });
    accounts.put(toHex(keccak256(fromHex(address))), leaf);
  }
  return { root: accounts.root(keep), witness, nodes };
}

const rules = rulesOf(
  singleFork(1n, "cancun"),
  forkAt(singleFork(1n, "cancun"), 0n),
  executionCrypto(() => false),
);

/** A block of calls of `CONTRACT` by one funded sender, on rules without fees. */
function blockOf(calls: { nonce?: number; to?: string; gas?: number }[], common = rules): RawBlock {
  const transactions = calls.map(({ nonce, to = CONTRACT, gas = 200_000 }, index) =>
    createLegacyTx({ nonce: nonce ?? index, to: `0x${to}`, gasLimit: gas, gasPrice: 10 }, { common }).sign(
      KEY,
    ),
  );
  const raw = transactions.map((transaction) => transaction.serialize());
  const header = createBlock(
    {
      header: {
        number: 5,
        timestamp: 1_800_000_000,
        gasLimit: 30_000_000,
        baseFeePerGas: 7,
        parentBeaconBlockRoot: `0x${BEACON_ROOT}`,
        parentHash: `0x${"44".repeat(32)}`,
        transactionsTrie: fromHex(listRoot(raw)),
      },
    },
    { common },
  ).header.serialize();
  return { headerRlp: header, transactions: raw, withdrawals: [] };
}

const SENDER = toHex(createLegacyTx({ nonce: 0 }, { common: rules }).sign(KEY).getSenderAddress().bytes);
const rich = { [SENDER]: { balance: 10n ** 18n } };

function execute(
  block: RawBlock,
  state: { root: string; witness: Witness },
  options: {
    fork?: ForkName;
    forks?: Partial<ExecutionForks>;
    ancestor?: (number: bigint) => Promise<Uint8Array>;
  } = {},
): Promise<BlockExecution> {
  return executeBlock({
    block,
    parentStateRoot: state.root,
    witness: state.witness,
    forks: { ...singleFork(1n, options.fork ?? "cancun"), ...options.forks },
    ancestorHash:
      options.ancestor ?? (() => Promise.reject(new Error("no ancestor was expected to be read"))),
  });
}

function slotsOf({ changes }: BlockExecution, address: string): Record<string, string> {
  const slots = [...(changes.get(address)?.slots ?? [])].map(([slot, { after }]) => [
    BigInt(`0x${slot}`).toString(),
    toHex(after),
  ]);
  return Object.fromEntries(slots) as Record<string, string>;
}

describe("executeBlock", () => {
  it("tells the changes of accounts and slots, before and after", async () => {
    // sstore(1, 5); sstore(2, 0); sstore(3, 9) where 3 was 9
    const code = "6005600155" + "5f600255" + "6009600355" + "00";
    const state = stateOf({ ...rich, [CONTRACT]: { nonce: 1n, code, storage: { 2: 7n, 3: 9n } } });
    const execution = await execute(blockOf([{}]), state);
    assert.deepEqual(slotsOf(execution, CONTRACT), { "1": "05", "2": "" });
    const sender = execution.changes.get(SENDER);
    assert.equal(sender?.before?.nonce, 0n);
    assert.equal(sender?.after?.nonce, 1n);
    assert.equal(execution.verdict.kind, "mismatch");
  });

  it("takes back what a reverted call had written", async () => {
    // sstore(1, 5); revert(0, 0)
    const state = stateOf({ ...rich, [CONTRACT]: { nonce: 1n, code: "60056001555f5ffd" } });
    const execution = await execute(blockOf([{}]), state);
    assert.deepEqual(slotsOf(execution, CONTRACT), {});
    assert.equal(execution.changes.has(CONTRACT), false);
  });

  it("calls a block with a transaction that may not be executed invalid", async () => {
    const { verdict } = await execute(blockOf([{ nonce: 3 }]), stateOf({ ...rich, [CONTRACT]: {} }));
    assert.equal(verdict.kind, "invalid");
    assert.match(verdict.kind === "invalid" ? verdict.reason : "", /nonce/);
  });

  it("does not judge transactions or withdrawals that are not the header's", async () => {
    const block = blockOf([{}]);
    const state = stateOf(rich);
    const isMismatch = (error: unknown): boolean => isOptisyncError(error, "BlockDataMismatch");
    await assert.rejects(execute({ ...block, transactions: [] }, state), isMismatch);
    const withdrawal = RLP.encode([1n, 1n, fromHex(OTHER), 1n]);
    await assert.rejects(execute({ ...block, withdrawals: [withdrawal] }, state), isMismatch);
  });

  it("does not judge a block with a type of transaction that is unknown here", async () => {
    const unknown = fromHex("7ec0");
    const { headerRlp } = blockOf([]);
    const items = RLP.decode(headerRlp) as Uint8Array[];
    items[4] = fromHex(listRoot([unknown]));
    await assert.rejects(
      execute({ headerRlp: RLP.encode(items), transactions: [unknown], withdrawals: [] }, stateOf(rich)),
      (error) => isOptisyncError(error, "UndecodableBlock") && error.action === "halt",
    );
  });

  it("does not judge a block whose header lacks a field of its fork", async () => {
    const { headerRlp } = blockOf([]);
    const items = (RLP.decode(headerRlp) as Uint8Array[]).slice(0, -1);
    await assert.rejects(
      execute({ headerRlp: RLP.encode(items), transactions: [], withdrawals: [] }, stateOf(rich)),
      (error) => isOptisyncError(error, "UndecodableBlock"),
    );
  });

  it("does not judge a block of unknown rules", async () => {
    await assert.rejects(
      execute(blockOf([]), stateOf(rich), { forks: { sunset: 1_700_000_000n } }),
      (error) => isOptisyncError(error, "UnknownFork"),
    );
  });

  describe("what is missing is never taken for nothing", () => {
    // staticcall(gas, OTHER, 0, 0, 0, 0), its outcome ignored
    const ignoringCaller = `5f5f5f5f73${OTHER}5afa50` + "00";
    // A storage of slots 0 to 15, of which slot 1 is read.
    const storage = Object.fromEntries(Array.from({ length: 16 }, (_, slot) => [slot, 10n ** 30n]));
    const world: World = {
      ...rich,
      [CONTRACT]: { nonce: 1n, code: ignoringCaller },
      [OTHER]: { nonce: 1n, code: "60015450" + "00", storage },
    };

    it("with all of it there, the block is executed", async () => {
      const { verdict } = await execute(blockOf([{}]), stateOf(world));
      assert.equal(verdict.kind, "mismatch");
    });

    it("a slot's node, read in a call whose failure the caller ignores", async () => {
      const state = stateOf(world);
      const account = await new FlatState(state.root, state.witness).accountBefore(OTHER);
      state.nodes.delete(account?.storageRoot ?? "");
      await assert.rejects(
        execute(blockOf([{}]), state),
        (error) =>
          isOptisyncError(error, "IncompleteWitness") &&
          error.details["slot"] === `0x${"1".padStart(64, "0")}`,
      );
    });

    it("the hash of an ancestor, read in a call whose failure the caller ignores", async () => {
      // blockhash(number - 1)
      const state = stateOf({ ...world, [OTHER]: { nonce: 1n, code: "600143034050" + "00" } });
      await assert.rejects(execute(blockOf([{}]), state), /no ancestor/);
      const known = await execute(blockOf([{}]), state, { ancestor: async () => new Uint8Array(32) });
      assert.equal(known.verdict.kind, "mismatch");
    });

    it("code, called in a call whose failure the caller ignores", async () => {
      const state = stateOf(world);
      const witness = new Witness({ nodes: state.nodes });
      witness.addCode(fromHex(ignoringCaller));
      await assert.rejects(
        execute(blockOf([{}]), { ...state, witness }),
        (error) => isOptisyncError(error, "IncompleteWitness") && error.details["address"] === `0x${OTHER}`,
      );
    });
  });

  describe("the call before the transactions (EIP-4788)", () => {
    const timestamp = 1_800_000_000n;
    const index = timestamp % 8191n;

    it("writes the two slots of the standard contract", async () => {
      const state = stateOf({ ...rich, [BEACON_ROOTS]: { nonce: 1n, code: BEACON_ROOTS_CODE } });
      const slots = slotsOf(await execute(blockOf([]), state), BEACON_ROOTS);
      assert.deepEqual(slots, { [`${index}`]: timestamp.toString(16), [`${index + 8191n}`]: BEACON_ROOT });
    });

    it("is a real call where the chain has other code", async () => {
      // sstore(0, calldataload(0)); sstore(1, caller)
      const state = stateOf({ ...rich, [BEACON_ROOTS]: { nonce: 1n, code: "5f355f5533600155" } });
      const execution = await execute(blockOf([]), state);
      assert.deepEqual(slotsOf(execution, BEACON_ROOTS), { "0": BEACON_ROOT, "1": `${"ff".repeat(19)}fe` });
      assert.deepEqual([...execution.changes.keys()], [BEACON_ROOTS]);
    });

    it("leaves no trace where that code fails", async () => {
      const state = stateOf({ ...rich, [BEACON_ROOTS]: { nonce: 1n, code: "60015f555f5ffd" } });
      assert.equal((await execute(blockOf([]), state)).changes.size, 0);
    });

    it("does nothing where there is no contract", async () => {
      assert.equal((await execute(blockOf([]), stateOf(rich))).changes.size, 0);
    });

    it("is left out on a chain that skips it", async () => {
      const state = stateOf({ ...rich, [BEACON_ROOTS]: { nonce: 1n, code: BEACON_ROOTS_CODE } });
      const execution = await execute(blockOf([]), state, { forks: { profile: "hardhat" } });
      assert.equal(execution.changes.size, 0);
    });
  });

  describe("the calls after the transactions (EIP-7002, EIP-7251)", () => {
    const prague = rulesOf(
      singleFork(1n, "prague"),
      forkAt(singleFork(1n, "prague"), 0n),
      executionCrypto(() => false),
    );
    const WITHDRAWALS = "00000961ef480eb55e80d19ad83579a64c007002";
    const CONSOLIDATIONS = "0000bbddc7ce488642fb579f8b00f3a590007251";
    const contract = (code: string): TestAccount => ({ nonce: 1n, code });
    const run = (world: World, forks: Partial<ExecutionForks> = {}): Promise<BlockExecution> =>
      execute(blockOf([], prague), stateOf({ ...rich, ...world }), { fork: "prague", forks });

    it("collect requests", async () => {
      // mstore8(0, 7); return(0, 1)
      const world = { [WITHDRAWALS]: contract("60075f5360015ff3"), [CONSOLIDATIONS]: contract("00") };
      const { verdict, requestsHash } = await run(world);
      assert.equal(verdict.kind, "mismatch");
      const hash = (hex: string): Buffer => createHash("sha256").update(fromHex(hex)).digest();
      assert.equal(requestsHash, createHash("sha256").update(hash("0107")).digest("hex"));
    });

    it("make a block invalid when they fail", async () => {
      const world = { [WITHDRAWALS]: contract("00"), [CONSOLIDATIONS]: contract("5f5ffd") };
      const { verdict } = await run(world);
      assert.match(verdict.kind === "invalid" ? verdict.reason : "", /EIP-7251 failed: revert/);
    });

    it("make a block invalid when a contract is not there", async () => {
      const { verdict } = await run({ [CONSOLIDATIONS]: contract("00") });
      assert.match(verdict.kind === "invalid" ? verdict.reason : "", /contract of EIP-7002 has no code/);
    });

    it("are not wanted of a chain that does not make them", async () => {
      assert.equal((await run({}, { profile: "hardhat" })).verdict.kind, "mismatch");
    });
  });
});
