import { toBeHex, type TransactionRequest } from "ethers";
import { compileContract, compileExercise, type Compiled } from "../support/contracts.js";
import { INFINITY, ZERO_BLOB_HASH, type GethChain, type Receipt } from "../support/gethChain.js";
import { collapsingSlots } from "./collapsingSlots.js";

/** Something that a chain was made to contain, and in which blocks. */
export interface Scene {
  name: string;
  from: bigint;
  through: bigint;
}

/** Room for the scenes of each fork. */
export const FORK_BLOCKS = { cancun: 60n, prague: 90n, osaka: 120n };

const RECEIVER = "0x70997970c51812dc3a010c7d01b50e0d17dc79c8";
const STRANGER = `0x${"57".repeat(20)}`;
const NOBODY = `0x${"00".repeat(20)}`;
const BEACON_ROOTS = "0x000F3df6D732807Ef1319fB7B8bB8522d0Beac02"; // EIP-4788
const HISTORY_STORAGE = "0x0000F90827F1C53a10cb7A02335B175320002935"; // EIP-2935
const WITHDRAWAL_REQUESTS = "0x00000961Ef480Eb55e80D19ad83579A64c007002"; // EIP-7002
const CONSOLIDATION_REQUESTS = "0x0000BBdDc7CE488642fb579F8B00f3a590007251"; // EIP-7251
const POINT_EVALUATION = toBeHex(0x0a, 20); // EIP-4844
const G1_ADD = toBeHex(0x0b, 20); // EIP-2537
const P256_VERIFY = toBeHex(0x100, 20); // EIP-7951
const MODEXP = toBeHex(0x05, 20);
const BIG_GAS = { gasLimit: 16_000_000n };

/** Keeps what calls to any address answer, and values of opcodes that Solidity 0.8.37 has no other name for. */
const PROBE = `// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;
contract Probe {
    mapping(address => bytes32) public answers;
    function ask(address target, bytes32[] calldata words) external {
        (bool ok, bytes memory answer) = target.call(abi.encodePacked(words));
        answers[target] = keccak256(abi.encode(ok, answer));
    }
    function blobs() external { answers[address(1)] = blobhash(0); answers[address(2)] = bytes32(block.blobbasefee); }
    function transient_() external {
        assembly { tstore(1, 7) sstore(1000, tload(1)) mcopy(0, 32, 32) tstore(1, 0) }
    }
}`;

const word = (value: bigint | number | string): string => toBeHex(BigInt(value), 32).slice(2);

/** Creation code of a contract with this runtime code, of at most 255 bytes. */
function creation(runtime: string): string {
  return `0x60${toBeHex(runtime.length / 2).slice(2)}8060095f395ff3${runtime}`;
}

/** storage[first word of the call] = second word. */
const WRITER = creation("6020355f355500");
/** storage[0] = leading zeros of the first word (EIP-7939). */
const LEADING_ZEROS = creation("5f351e5f5500");

/** Plays every kind of change that the rules from Shanghai to Osaka know, on a chain with `FORK_BLOCKS`. */
export async function playTraffic(chain: GethChain): Promise<Scene[]> {
  const play = new Play(chain);
  await play.shanghai();
  await play.reach(FORK_BLOCKS.cancun);
  await play.cancun();
  await play.reach(FORK_BLOCKS.prague);
  await play.prague();
  await play.reach(FORK_BLOCKS.osaka);
  await play.osaka();
  return play.scenes;
}

class Play {
  readonly scenes: Scene[] = [];
  readonly #chain: GethChain;
  readonly #exercise = compileExercise();
  readonly #probe = compileContract(PROBE, "Probe", "cancun");
  #exerciseAt = "";
  #probeAt = "";

  constructor(chain: GethChain) {
    this.#chain = chain;
  }

  async shanghai(): Promise<void> {
    const { mineWithdrawal } = this.#chain;
    await this.#scene("creation of a contract", async () => {
      this.#exerciseAt = await this.#create(this.#exercise.bytecode);
    });
    await this.#scene("many transfers, most of them to new accounts", () =>
      this.#send(
        ...Array.from({ length: 60 }, (_, index) => ({ to: toBeHex(0xaaaa + (index % 50), 20), value: 5n })),
      ),
    );
    await this.#scene("transactions of the older types", () =>
      this.#send(
        { type: 0, to: RECEIVER, value: 1n },
        { type: 1, to: RECEIVER, accessList: [[RECEIVER, [`0x${word(1)}`]]] },
      ),
    );
    await this.#scene("storage written, many slots", () =>
      this.#call("setMany(uint256,uint256,uint256)", 0n, 60n, 3n),
    );
    await this.#scene("storage zeroed, many slots", () =>
      this.#call("setMany(uint256,uint256,uint256)", 0n, 55n, 0n),
    );
    await this.#scene("storage that changed within the block only", async () => {
      await this.#call("flicker(uint256)", 200n);
      await this.#call("flicker(uint256)", 57n);
    });
    await this.#scene("more slots of one account than geth proves in one answer", async () => {
      await this.#call("setMany(uint256,uint256,uint256)", 5000n, 600n, 3n);
      await this.#call("setMany(uint256,uint256,uint256)", 5600n, 600n, 3n);
      await this.#call("setMany(uint256,uint256,uint256)", 5000n, 1200n, 4n);
    });
    await this.#scene("a transfer of tokens, a transaction that fails, another one", () =>
      this.#chain.mine(
        this.#request(this.#exerciseAt, this.#exercise, "transfer(address,uint256)", BigInt(RECEIVER), 5n),
        this.#request(this.#exerciseAt, this.#exercise, "fail()"),
        this.#request(this.#exerciseAt, this.#exercise, "transfer(address,uint256)", BigInt(STRANGER), 5n),
      ),
    );
    await this.#scene("BLOCKHASH", async () => {
      await this.#call("ancestor(uint256)", 1n);
      await this.#call("ancestor(uint256)", 9n);
    });
    await this.#scene("self-destruct of an older contract with storage, before EIP-6780", async () => {
      await this.#call("spawn()");
      await this.#call("kill()");
    });
    await this.#scene("self-destruct in the transaction of the creation", () => this.#call("spawnAndKill()"));
    await this.#scene("withdrawals", async () => {
      await mineWithdrawal(STRANGER, 1_000_000_000n);
      await mineWithdrawal(toBeHex(0xbbbb, 20), 1n);
    });
    await this.#collapses();
  }

  async cancun(): Promise<void> {
    const { mineBlobs } = this.#chain;
    await this.#scene("system call for the beacon root", async () => {
      this.#probeAt = await this.#create(this.#probe.bytecode);
      const { timestamp } = (await this.#chain.rpc.request("eth_getBlockByNumber", ["latest", false])) as {
        timestamp: string;
      };
      await this.#ask(BEACON_ROOTS, word(timestamp));
    });
    await this.#scene("self-destruct of an older contract, which stays", async () => {
      await this.#call("spawn()");
      await this.#call("kill()");
    });
    await this.#scene("self-destruct in the transaction of the creation, EIP-6780", () =>
      this.#call("spawnAndKill()"),
    );
    await this.#scene("transient storage", () =>
      this.#send(this.#request(this.#probeAt, this.#probe, "transient_()")),
    );
    await this.#scene("blobs with whole proofs", async () => {
      await mineBlobs(2, this.#request(this.#probeAt, this.#probe, "blobs()"), "whole");
      await mineBlobs(6, { to: RECEIVER }, "whole");
    });
    await this.#scene("point evaluation", async () => {
      const input = `${ZERO_BLOB_HASH.slice(2)}${word(3)}${word(0)}${INFINITY.slice(2)}${INFINITY.slice(2)}`;
      await this.#ask(POINT_EVALUATION, ...(input.match(/.{64}/g) ?? []));
      await this.#ask(POINT_EVALUATION, ...(input.replace(/^..../, "0102").match(/.{64}/g) ?? []));
    });
    await this.#scene("withdrawal in a block with a beacon root", () =>
      this.#chain.mineWithdrawal(STRANGER, 7n),
    );
  }

  async prague(): Promise<void> {
    const { wallet, authority, node } = this.#chain;
    const { chainId } = node;
    let nonce = 0;
    const authorize = async (address: string): Promise<TransactionRequest> => ({
      type: 4,
      to: authority.address,
      authorizationList: [await authority.authorize({ address, chainId, nonce: nonce++ })],
    });
    await this.#scene("EIP-7702: delegation, use and end of it", async () => {
      const data = this.#exercise.call("setMany(uint256,uint256,uint256)", 0n, 9n, 4n);
      await this.#send({ ...(await authorize(this.#exerciseAt)), data });
      await this.#send({ to: authority.address, data: this.#exercise.call("set(uint256,uint256)", 3n, 0n) });
      await this.#send({ ...(await authorize(NOBODY)) });
      await this.#send({ to: authority.address, value: 1n });
    });
    await this.#scene("EIP-7702: an authorization of the sender, and one that is void", async () => {
      const own = async (address: string) => {
        const count = Number(
          await this.#chain.rpc.request("eth_getTransactionCount", [wallet.address, "latest"]),
        );
        return wallet.authorize({ address, chainId, nonce: count + 1 });
      };
      const isVoid = await authority.authorize({ address: RECEIVER, chainId, nonce: 99 });
      await this.#send({ type: 4, to: RECEIVER, authorizationList: [await own(this.#exerciseAt), isVoid] });
      await this.#send({ type: 4, to: RECEIVER, authorizationList: [await own(NOBODY)] });
    });
    await this.#scene("requests of withdrawals and consolidations", () =>
      this.#send(
        { to: WITHDRAWAL_REQUESTS, value: 10n ** 9n, data: `0x${"31".repeat(48)}${"00".repeat(7)}05` },
        { to: CONSOLIDATION_REQUESTS, value: 10n ** 9n, data: `0x${"42".repeat(96)}` },
      ),
    );
    await this.#scene("system call for hashes of ancestors", async () =>
      this.#ask(HISTORY_STORAGE, word((await this.#chain.height()) - 1n)),
    );
    await this.#scene("BLS12-381 precompile", () =>
      this.#ask(G1_ADD, ...Array.from({ length: 8 }, () => word(0))),
    );
  }

  async osaka(): Promise<void> {
    await this.#scene("CLZ", async () => {
      const at = await this.#create(LEADING_ZEROS);
      await this.#send({ to: at, data: `0x${word(0xffff)}` });
    });
    await this.#scene("P-256 and modular exponentiation", async () => {
      await this.#ask(P256_VERIFY, ...Array.from({ length: 5 }, (_, index) => word(index)));
      await this.#ask(MODEXP, word(32), word(32), word(32), word(3), word(5), word(100));
    });
    await this.#scene("blobs with proofs of cells", async () => {
      await this.#chain.mineBlobs(2, this.#request(this.#probeAt, this.#probe, "blobs()"), "cells");
      await this.#chain.mineBlobs(6, { to: RECEIVER }, "cells");
    });
  }

  /** Plain transfers up to and including `block`: the pool takes what a fork allows once its first block is there. */
  async reach(block: bigint): Promise<void> {
    const height = await this.#chain.height();
    if (height >= block) throw new Error(`there is no room before block ${block}: the chain has ${height}`);
    for (let at = height; at < block; at += 1n) await this.#send({ to: RECEIVER, value: 1n });
  }

  /** Deletions at branches of two children, each in a block of its own, until the storage is empty. */
  async #collapses(): Promise<void> {
    const shared = collapsingSlots();
    const all = shared.flatMap(({ lone, others }) => [lone, ...others]);
    let writer = "";
    const write = (slot: bigint, value: bigint): TransactionRequest => ({
      to: writer,
      data: `0x${word(slot)}${word(value)}`,
    });
    await this.#scene("slots that share branches of two children", async () => {
      writer = await this.#create(WRITER);
      await this.#send(...all.map((slot) => write(slot, 1n)));
    });
    for (const { sibling, lone } of shared) {
      await this.#scene(`deletion beside a ${sibling}`, () => this.#send(write(lone, 0n)));
    }
    await this.#scene("deletion until the storage is empty", async () => {
      for (const { others } of shared) for (const slot of others) await this.#send(write(slot, 0n));
    });
    await this.#scene("deletion and creation of slots in one block", async () => {
      await this.#send(...all.slice(0, 4).map((slot) => write(slot, 2n)));
      await this.#send(
        ...all.slice(0, 4).map((slot) => write(slot, 0n)),
        ...all.slice(3).map((slot) => write(slot, 3n)),
      );
    });
  }

  async #create(data: string): Promise<string> {
    const [receipt] = await this.#send({ data, ...BIG_GAS });
    const address = receipt?.contractAddress ?? undefined;
    if (address === undefined) throw new Error("no contract was created");
    return address;
  }

  /** A block of transactions that all succeed. */
  async #send(...requests: TransactionRequest[]): Promise<Receipt[]> {
    const receipts = await this.#chain.mine(...requests);
    const failed = receipts.findIndex(({ status }) => status !== "0x1");
    if (failed >= 0) throw new Error(`transaction ${failed} of block ${receipts[0]?.blockNumber} failed`);
    return receipts;
  }

  #call(signature: string, ...words: bigint[]): Promise<Receipt[]> {
    return this.#send(this.#request(this.#exerciseAt, this.#exercise, signature, ...words));
  }

  #request(to: string, contract: Compiled, signature: string, ...words: bigint[]): TransactionRequest {
    const value = signature.startsWith("spawn") ? { value: 5n } : {};
    return { to, data: contract.call(signature, ...words), ...BIG_GAS, ...value };
  }

  async #ask(target: string, ...words: string[]): Promise<void> {
    const input = this.#probe.call(
      "ask(address,bytes32[])",
      BigInt(target),
      64n,
      BigInt(words.length),
      ...words.map((each) => `0x${each}`),
    );
    await this.#send({ to: this.#probeAt, data: input, ...BIG_GAS });
  }

  async #scene(name: string, play: () => Promise<unknown>): Promise<void> {
    const before = await this.#chain.height();
    await play();
    this.scenes.push({ name, from: before + 1n, through: await this.#chain.height() });
  }
}
