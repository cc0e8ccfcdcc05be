import { z } from "zod";
import { fromHex, keccak256, toHex } from "../execution/crypto.js";
import { revealSibling } from "../execution/revealSibling.js";
import { Witness, type ByteStore, type MissingAt, type WitnessSource } from "../execution/witness.js";
import type { BlockState } from "./keptWitnesses.js";
import { admitting } from "./admitting.js";
import type { Rpc } from "./rpc.js";
import { RpcError } from "./rpcErrors.js";
import type { VerifiedBlock } from "./sourceBody.js";
import { sourceLied, SourceError } from "./sourceErrors.js";
import { data, quantity, throwUnlessReorganized, type SourceHeader } from "./sourceHeader.js";
import { parseProof, requestProof, type ProofAnswer } from "./sourceProof.js";
import type { WitnessMethods } from "./witnessMethods.js";

/** Nodes and codes of the source chain by hash, shared by the blocks of a process. */
export interface StateStores {
  nodes: ByteStore;
  codes: ByteStore;
}

/**
 * A witness for executing `block` on its parent's state. What the node offers in one piece is fetched ahead
 * (`debug_executionWitness`, else the prestate tracer's list with `eth_getProof`, else the accounts that the
 * transactions mention); whatever is still missing is fetched with `eth_getProof` at the moment it is needed.
 * Nothing fetched is believed: it is found by its hash from the parent's state root, or not at all.
 *
 * @param kept what an earlier execution of the block used: then nothing is fetched ahead
 */
export async function fetchWitness(
  rpc: Rpc,
  block: VerifiedBlock,
  parent: SourceHeader,
  stores: StateStores,
  methods: WitnessMethods,
  { kept, isRecording = false }: { kept?: BlockState | undefined; isRecording?: boolean } = {},
): Promise<Witness> {
  const { header } = block;
  const witness = new Witness({
    source: lazySource(rpc, header, parent, stores),
    nodes: admitting(stores.nodes),
    codes: admitting(stores.codes),
    isRecording,
  });
  if (kept !== undefined) {
    for (const node of kept.nodes) witness.addNode(node);
    for (const code of kept.codes) witness.addCode(code);
    return witness;
  }
  const isComplete = await methods.tryMethod(rpc, "debug_executionWitness", () =>
    addExecutionWitness(rpc, header, witness),
  );
  if (isComplete) return witness;
  let keys = new Map<string, string[]>(block.mentioned.map((address) => [address.toLowerCase(), []]));
  await methods.tryMethod(rpc, "debug_traceBlockByHash", async () => {
    keys = await tracedKeys(rpc, header);
  });
  await addProofs(rpc, parent.number, keys, witness);
  return witness;
}

function lazySource(
  rpc: Rpc,
  header: SourceHeader,
  parent: SourceHeader,
  stores: StateStores,
): WitnessSource {
  return {
    async fetchNode(missing, witness) {
      const before = await proofAt(rpc, parent.number, missing);
      addNodes(before, witness);
      if (witness.node(missing.hash) !== undefined) return;
      if (missing.role === "sibling") {
        const beside = keyAlong(missing);
        if (beside !== undefined) addNodes(await proofAt(rpc, parent.number, beside), witness);
        if (witness.node(missing.hash) !== undefined) return;
        // The parent's proof of a key does not show its sibling; the proof after the deletion shows what became of it.
        const after = await proofAt(rpc, header.number, missing);
        const path = missing.slot === undefined ? after.accountProof : (after.storageProof[0]?.proof ?? []);
        if (revealSibling(missing, path.map(fromHex), witness)) return;
      }
      await throwUnlessReorganized(rpc, header, missingNode(missing, parent));
    },
    async fetchCode(address, codeHash) {
      const answer = await stateOf(parent.number, () =>
        rpc.request("eth_getCode", [`0x${address}`, hexNumber(parent.number)]),
      );
      const code = data.safeParse(answer);
      if (code.success && toHex(keccak256(fromHex(code.data))) === codeHash) {
        stores.codes.set(codeHash, fromHex(code.data));
        return fromHex(code.data);
      }
      const lie = sourceLied(
        "code",
        `the code of 0x${address} does not have the hash that its account names`,
        {
          number: parent.number.toString(),
          address: `0x${address}`,
          codeHash: `0x${codeHash}`,
        },
      );
      return throwUnlessReorganized(rpc, header, lie);
    },
  };
}

function missingNode({ address, slot, role, hash }: MissingAt, parent: SourceHeader): SourceError {
  return sourceLied("proof", `the proof of 0x${address} lacks a node that its state root names`, {
    number: parent.number.toString(),
    address: `0x${address}`,
    ...(slot === undefined ? {} : { slot: `0x${slot}` }),
    role,
    node: `0x${hash}`,
  });
}

function proofAt(
  rpc: Rpc,
  number: bigint,
  { address, slot }: Pick<MissingAt, "address" | "slot">,
): Promise<ProofAnswer> {
  return stateOf(number, () =>
    requestProof(rpc, number, `0x${address}`, slot === undefined ? [] : [`0x${slot}`]),
  );
}

/** Says of a refusal what it means: nodes have many words for a state that they do not keep. */
async function stateOf<T>(number: bigint, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (cause) {
    if (!(cause instanceof RpcError) || cause.code !== "RpcRefused") throw cause;
    throw new SourceError(
      "SourceStateMissing",
      `${rpcReason(cause)}: a node is needed that has the state after block ${number}`,
      { number: number.toString() },
      cause,
    );
  }
}

function rpcReason({ message }: RpcError): string {
  return message.slice(0, 200);
}

/** Nibbles of a path for which a key is searched; every one more takes sixteen times as many hashes. */
const SEARCHED_NIBBLES = 4;

/**
 * A key whose hash leads along the path to the missing node, so that its proof shows the node itself; undefined if the
 * path is too long to find one.
 */
function keyAlong({ address, slot, path }: MissingAt): { address: string; slot?: string } | undefined {
  if (path.length > SEARCHED_NIBBLES) return undefined;
  const digits = slot === undefined ? 40 : 64;
  for (let index = 0; index < 16 ** (SEARCHED_NIBBLES + 1); index++) {
    const key = index.toString(16).padStart(digits, "0");
    if (!toHex(keccak256(fromHex(key))).startsWith(path)) continue;
    return slot === undefined ? { address: key } : { address, slot: key };
  }
  return undefined;
}

function addNodes(answer: ProofAnswer, witness: Witness): void {
  for (const node of answer.accountProof) witness.addNode(fromHex(node));
  for (const { proof } of answer.storageProof) for (const node of proof) witness.addNode(fromHex(node));
}

/** Many times what a block of 60M gas can touch. */
const MAX_WITNESS_NODES = 1_000_000;

/** Geth answers with a list of nodes, older reth and others with a map of them: both hold RLP as hex. */
const witnessJson = z.looseObject({
  state: z.union([z.array(data).max(MAX_WITNESS_NODES), z.record(z.string(), data)]),
  codes: z.union([z.array(data).max(MAX_WITNESS_NODES), z.record(z.string(), data)]),
});

async function addExecutionWitness(rpc: Rpc, header: SourceHeader, witness: Witness): Promise<void> {
  const { state, codes } = witnessJson.parse(
    await rpc.request("debug_executionWitness", [hexNumber(header.number)]),
  );
  for (const node of Object.values(state)) witness.addNode(fromHex(node));
  for (const code of Object.values(codes)) witness.addCode(fromHex(code));
}

const traceJson = z.array(
  z.looseObject({
    result: z.record(z.string(), z.looseObject({ storage: z.record(z.string(), quantity).nullish() })),
  }),
);

/** Accounts and slots that the block's transactions touch, as geth's prestate tracer lists them. */
async function tracedKeys(rpc: Rpc, header: SourceHeader): Promise<Map<string, string[]>> {
  const answer = await rpc.request("debug_traceBlockByHash", [header.hash, { tracer: "prestateTracer" }]);
  const keys = new Map<string, Set<string>>();
  for (const { result } of traceJson.parse(answer)) {
    for (const [address, { storage }] of Object.entries(result)) {
      const slots = keys.get(address) ?? new Set();
      for (const slot of Object.keys(storage ?? {})) slots.add(slot);
      keys.set(address, slots);
    }
  }
  return new Map([...keys].map(([address, slots]) => [address, [...slots]]));
}

/** Slots of one account per request, of which newer geth takes 1024, and keys per exchange, whose size nodes limit. */
const PROOF_SLOTS = 256;
const EXCHANGE_KEYS = 1024;

async function addProofs(
  rpc: Rpc,
  number: bigint,
  keys: Map<string, string[]>,
  witness: Witness,
): Promise<void> {
  for (const exchange of proofExchanges(keys)) {
    const calls = exchange.map(({ address, slots }) => ({
      method: "eth_getProof",
      params: [address, slots, hexNumber(number)],
    }));
    let answers: unknown[];
    try {
      answers = await rpc.batch(calls);
    } catch (error) {
      // Fetched ahead only: what is missing is asked for piece by piece, where a refusal has its consequences.
      if (error instanceof RpcError && (error.code === "RpcRefused" || error.code === "RpcAnswerTooLarge"))
        return;
      throw error;
    }
    for (const answer of answers) addNodes(parseProof(answer), witness);
  }
}

interface ProofRequest {
  address: string;
  slots: string[];
}

/** Splits what is to be proven into requests, and those into exchanges, of bounded size. */
export function proofExchanges(keys: ReadonlyMap<string, readonly string[]>): ProofRequest[][] {
  const exchanges: ProofRequest[][] = [];
  let room = 0;
  for (const [address, all] of keys) {
    for (let start = 0; start === 0 || start < all.length; start += PROOF_SLOTS) {
      const slots = all.slice(start, start + PROOF_SLOTS);
      const cost = slots.length + 1;
      if (cost > room) {
        exchanges.push([]);
        room = EXCHANGE_KEYS;
      }
      exchanges.at(-1)?.push({ address, slots });
      room -= cost;
    }
  }
  return exchanges;
}

function hexNumber(number: bigint): string {
  return `0x${number.toString(16)}`;
}
