import { Common, Hardfork, Mainnet } from "@ethereumjs/common";
import { createEVM, EVM, EVMMockBlockchain, getActivePrecompiles, type EVMOpts } from "@ethereumjs/evm";
import { SimpleStateManager } from "@ethereumjs/statemanager";
import { executionCrypto } from "../../../../shared/execution/crypto.js";
import { verifyPointEvaluation } from "../../../../shared/execution/pointEvaluation.js";

/** What EthereumJS says about one call of a precompile. */
export interface Answer {
  readonly output: Uint8Array | undefined;
  readonly gasUsed: bigint;
}

const HARDFORKS = [Hardfork.Cancun, Hardfork.Prague, Hardfork.Osaka];

/** The precompiles of EthereumJS under `rules` (0 Cancun, 1 Prague, 2 Osaka), with its own curves unless others are given. */
export async function ethereumjsPrecompiles(rules: number, curves?: Pick<EVMOpts, "bls" | "bn254">) {
  const common = new Common({
    chain: Mainnet,
    hardfork: HARDFORKS[rules] as Hardfork,
    customCrypto: executionCrypto(verifyPointEvaluation),
  });
  const evm = curves === undefined ? await createEVM({ common }) : evmWith(common, curves);
  const precompiles = getActivePrecompiles(common);
  return {
    addresses: [...precompiles.keys()].map((address) => BigInt(`0x${address}`)),
    run: async (precompile: number, input: Uint8Array, gasLimit = 10n ** 12n): Promise<Answer> => {
      const call = precompiles.get(precompile.toString(16).padStart(40, "0"));
      if (call === undefined) throw new RangeError(`no precompile ${precompile} under rules ${rules}`);
      const result = await call({ data: input, gasLimit, common, _EVM: evm });
      const failed = result.exceptionError !== undefined;
      return { output: failed ? undefined : result.returnValue, gasUsed: result.executionGasUsed };
    },
  };
}

/** `createEVM` would take the library's BN254 whatever it is given. */
function evmWith(common: Common, curves: Pick<EVMOpts, "bls" | "bn254">): EVM {
  const stateManager = new SimpleStateManager();
  return new EVM({ common, stateManager, blockchain: new EVMMockBlockchain(), ...curves });
}
