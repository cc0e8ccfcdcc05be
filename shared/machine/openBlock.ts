import { chainProfiles } from "../execution/chainProfile.js";
import { fromHex, keccak256, toHex } from "../execution/crypto.js";
import { ExecutionError } from "../execution/errors.js";
import type { Fixture } from "../execution/fixture.js";
import { forkAt, headerFieldCounts, singleFork, type ExecutionForks } from "../execution/forks.js";
import { brokenHeaderRule } from "../execution/headerRules.js";
import {
  bodyDifference,
  readHeaderFields,
  splitBlock,
  type HeaderFields,
  type RawBlock,
} from "../execution/rawBlock.js";
import { Witness } from "../execution/witness.js";
import { firstMachine, headOf } from "./Bounds.js";
import type { Machine, Programs } from "./Machine.js";
import { hexOf, WitnessPreState, type Ancestors } from "./PreState.js";
import { Phase } from "./State.js";
import { Store } from "./Store.js";

/** One block with all that the machine needs to execute it. */
export interface BlockInput {
  block: RawBlock;
  /** Hex without prefix. */
  parentStateRoot: string;
  /** With it, the rules from header to header are checked as well. */
  parentHeaderRlp?: Uint8Array | undefined;
  witness: Witness;
  /** Codes of the pre-state by hash, hex without prefix. */
  codes: (hash: string) => Uint8Array | undefined;
  ancestors: Ancestors;
  forks: ExecutionForks;
  programs: Programs;
}

/**
 * The machine in the first state of a block.
 * @throws ExecutionError BlockDataMismatch if body or parent are not those of the header; UnknownFork for rules that the machine
 * does not have, MalformedBlock for a header that does not follow from its parent
 */
export function openBlock(input: BlockInput): { machine: Machine; header: HeaderFields } {
  const { block, parentStateRoot, parentHeaderRlp, forks, programs } = input;
  const header = readHeaderFields(block.headerRlp);
  const fork = forkAt(forks, header.timestamp);
  const known = headerFieldCounts[fork.name];
  if (fork.blobs === undefined || header.fieldCount !== known)
    throw new ExecutionError(
      "UnknownFork",
      `the machine does not execute ${fork.name} with ${header.fieldCount} header fields`,
      {
        fork: fork.name,
        fields: header.fieldCount,
        known,
      },
    );
  const difference = bodyDifference(block);
  if (difference !== undefined)
    throw new ExecutionError("BlockDataMismatch", `the ${difference.part} are not those of the header`, {
      ...difference,
    });
  if (parentHeaderRlp !== undefined) {
    const parent = readHeaderFields(parentHeaderRlp);
    if (parent.stateRoot !== parentStateRoot)
      throw new ExecutionError("BlockDataMismatch", "the header given is not that of the parent", {
        part: "parent",
      });
    const isChecked = chainProfiles[forks.profile ?? "ethereum"].hasHeaderRules;
    const broken = isChecked ? brokenHeaderRule(header, parent, fork) : undefined;
    if (broken !== undefined) throw new ExecutionError("MalformedBlock", broken, { part: "header" });
  }
  const pre = new WitnessPreState(input.witness, input.codes, block, input.ancestors);
  const { makesSystemCalls } = chainProfiles[forks.profile ?? "ethereum"];
  const chain = { chainId: forks.chainId, makesSystemCalls, programs };
  const machine = firstMachine(
    headOf(block.headerRlp, fork),
    BigInt(`0x${parentStateRoot}`),
    new Store(pre),
    chain,
  );
  return { machine, header };
}

/** What a fixture holds of its block. */
export function fixtureInput(fixture: Fixture, programs: Programs): BlockInput {
  const witness = new Witness();
  const codes = new Map<string, Uint8Array>();
  for (const node of fixture.witness.state) witness.addNode(fromHex(node));
  for (const hex of fixture.witness.codes) codes.set(toHex(keccak256(fromHex(hex))), fromHex(hex));
  const block = splitBlock(fromHex(fixture.block));
  const parentHeaderRlp = fixture.parentHeader === undefined ? undefined : fromHex(fixture.parentHeader);
  const hashes = new Map(
    Object.entries(fixture.ancestorHashes).map(([at, hash]) => [BigInt(at), hash] as const),
  );
  const parentNumber = readHeaderFields(block.headerRlp).number - 1n;
  return {
    block,
    parentStateRoot: fixture.parentStateRoot.slice(2).toLowerCase(),
    parentHeaderRlp,
    witness,
    codes: (hash) => codes.get(hash),
    ancestors: {
      hashes,
      headers: new Map(parentHeaderRlp === undefined ? [] : [[parentNumber, parentHeaderRlp]]),
    },
    forks: singleFork(BigInt(fixture.chainId), fixture.hardfork, fixture.depositContractAddress),
    programs,
  };
}

/** The machine for a fixture's block. */
export function openFixture(
  fixture: Fixture,
  programs: Programs,
): { machine: Machine; header: HeaderFields } {
  return openBlock(fixtureInput(fixture, programs));
}

/** In what a final state differs from a header, as one sentence; undefined if it is the header's. */
export function finalDifference(m: Machine, header: HeaderFields): string | undefined {
  if (m.phase === Phase.INVALID) return "the block is invalid";
  if (m.phase !== Phase.DONE) return "the block is not finished";
  if (hexOf(m.stateRoot) !== header.stateRoot)
    return `state root computed ${hexOf(m.stateRoot)}, claimed ${header.stateRoot}`;
  if (BigInt(m.gasUsed) !== header.gasUsed)
    return `gas used computed ${m.gasUsed}, claimed ${header.gasUsed}`;
  const blobGas = BigInt(m.blobs) * 131_072n;
  return blobGas === header.blobGasUsed
    ? undefined
    : `blob gas computed ${blobGas}, claimed ${header.blobGasUsed}`;
}
