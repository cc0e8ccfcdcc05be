import { createBlockFromBytesArray } from "@ethereumjs/block";
import { createVM, runBlock } from "@ethereumjs/vm";
import { executionCrypto, fromHex } from "../../../../shared/execution/crypto.js";
import { FlatState } from "../../../../shared/execution/flatState.js";
import { forkAt, rulesOf } from "../../../../shared/execution/forks.js";
import { verifyPointEvaluation } from "../../../../shared/execution/pointEvaluation.js";
import { blockItems, readHeaderFields } from "../../../../shared/execution/rawBlock.js";
import { callSystemContracts } from "../../../../shared/execution/systemCalls.js";
import type { Witness } from "../../../../shared/execution/witness.js";
import type { BlockInput } from "../../../../shared/machine/openBlock.js";

/** An opcode about to be executed. */
export interface OpcodeStep {
  pc: number;
  op: number;
  gas: bigint;
  depth: number;
  /** The last item is the top. */
  stack: readonly bigint[];
}

/** The opcodes of the block's transactions as EthereumJS reports them, in order. */
export async function ethereumjsSteps(input: BlockInput): Promise<OpcodeStep[]> {
  const header = readHeaderFields(input.block.headerRlp);
  const common = rulesOf(
    input.forks,
    forkAt(input.forks, header.timestamp),
    executionCrypto(verifyPointEvaluation),
  );
  const state = new FlatState(input.parentStateRoot, withCodes(input));
  const block = createBlockFromBytesArray(blockItems(input.block) as never, {
    common,
    skipConsensusFormatValidation: true,
  });
  const getBlock = async (number: number): Promise<{ hash(): Uint8Array }> => {
    const hash = input.ancestors.hashes.get(BigInt(number));
    if (hash === undefined) throw new Error(`ancestor ${number} is not known`);
    return { hash: () => fromHex(hash) };
  };
  const blockchain = { getBlock, putBlock: async () => {}, shallowCopy: () => blockchain };
  const vm = await createVM({ common, stateManager: state, blockchain });
  await callSystemContracts(vm, state, block, false);
  const steps: OpcodeStep[] = [];
  let isInTransaction = false;
  vm.events.on("beforeTx", (_, resolve) => {
    isInTransaction = true;
    resolve?.();
  });
  vm.events.on("afterTx", (_, resolve) => {
    isInTransaction = false;
    resolve?.();
  });
  vm.evm.events?.on("step", ({ pc, opcode, gasLeft, depth, stack }, resolve) => {
    if (isInTransaction) steps.push({ pc, op: opcode.code, gas: gasLeft, depth, stack: stack.slice() });
    resolve?.();
  });
  await runBlock(vm, { block, generate: true, skipHeaderValidation: true });
  if (state.failure !== undefined) throw state.failure;
  return steps;
}

/** The witness with the codes that the input has elsewhere. */
function withCodes({ witness, codes }: BlockInput): Witness {
  return new Proxy(witness, {
    get(target, property) {
      if (property !== "code") {
        const value: unknown = Reflect.get(target, property, target);
        return typeof value === "function" ? (value as () => unknown).bind(target) : value;
      }
      return async (address: string, codeHash: string) =>
        codes(codeHash) ?? (await target.code(address, codeHash));
    },
  });
}
