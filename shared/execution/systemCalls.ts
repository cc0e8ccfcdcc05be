import type { Block } from "@ethereumjs/block";
import { Address } from "@ethereumjs/util";
import type { VM } from "@ethereumjs/vm";
import { fromHex, toHex } from "./crypto.js";
import { EMPTY_CODE_HASH, type FlatState } from "./flatState.js";

/** The caller of system calls (EIP-4788, EIP-2935, EIP-7002, EIP-7251). */
const SYSTEM_ADDRESS = "fffffffffffffffffffffffffffffffffffffffe";
const SYSTEM_CALL_GAS = 30_000_000n;

/** The two calls before the first transaction: to whom, with which header field, and the code that EIP deploys. */
const systemContracts = [
  {
    eip: 4788,
    address: "000f3df6d732807ef1319fb7b8bb8522d0beac02",
    codeHash: "f57acd40259872606d76197ef052f3d35588dadf919ee1f0e3cb9b62d3f4b02c",
    input: (block: Block): Uint8Array | undefined => block.header.parentBeaconBlockRoot,
  },
  {
    eip: 2935,
    address: "0000f90827f1c53a10cb7a02335b175320002935",
    codeHash: "6e49e66782037c0555897870e29fa5e552daf4719552131a0abce779daec0a5d",
    input: (block: Block): Uint8Array | undefined => block.header.parentHash,
  },
];

/**
 * Makes the system calls that `runBlock` would get wrong.
 *
 * EthereumJS does not call these contracts but writes the slots that their standard code would write. Where a
 * chain has other code (as a test chain may), the call is made here, and `runBlock` is shown
 * an address without code, so that it writes nothing. A call that fails leaves no trace, as the EIPs say.
 * A chain that skips these calls has the addresses shown empty, too.
 */
export async function callSystemContracts(
  vm: VM,
  state: FlatState,
  block: Block,
  skips: boolean,
): Promise<void> {
  for (const { eip, address, codeHash, input } of systemContracts) {
    if (!vm.common.isActivatedEIP(eip)) continue;
    if (skips) {
      state.hideCodeOnce(address);
      continue;
    }
    const account = await state.accountBefore(address);
    if (account === null || account.codeHash === EMPTY_CODE_HASH || account.codeHash === codeHash) continue;
    const data = input(block);
    // The caller's account plays no part in a system call: neither nonce nor balance may change.
    await vm.evm.runCall({
      block,
      caller: new Address(fromHex(SYSTEM_ADDRESS)),
      to: new Address(fromHex(address)),
      gasLimit: SYSTEM_CALL_GAS,
      skipNonceIncrement: true,
      ...(data === undefined ? {} : { data }),
    });
    await vm.evm.journal.cleanup();
    state.hideCodeOnce(address);
  }
}

/** The two calls after the last transaction, whose results are requests to the consensus layer. */
const requestContracts = [
  { eip: 7002, address: "00000961ef480eb55e80d19ad83579a64c007002" },
  { eip: 7251, address: "0000bbddc7ce488642fb579f8b00f3a590007251" },
];

/**
 * Makes a block invalid whose request calls fail, as EIP-7002 and EIP-7251 want: EthereumJS takes a failed call for
 * one without requests. To be called before the block is run.
 */
export function watchRequestCalls(vm: VM): void {
  const call = vm.evm.runCall.bind(vm.evm);
  vm.evm.runCall = async (options) => {
    const result = await call(options);
    const isSystem = options.caller !== undefined && toHex(options.caller.bytes) === SYSTEM_ADDRESS;
    const contract =
      options.to &&
      requestContracts.find(({ address }) => address === toHex(options.to?.bytes as Uint8Array));
    const failure = result.execResult.exceptionError;
    if (isSystem && contract !== undefined && failure !== undefined)
      throw new Error(`the system call of EIP-${contract.eip} failed: ${failure.error}`);
    return result;
  };
}

/** The EIP whose contract has no code after the block, which makes the block invalid (EIP-7002, EIP-7251). */
export async function missingRequestContract(vm: VM, state: FlatState): Promise<number | undefined> {
  for (const { eip, address } of requestContracts) {
    if (!vm.common.isActivatedEIP(eip)) continue;
    const account = await state.account(address);
    if (account === null || account.codeHash === EMPTY_CODE_HASH) return eip;
  }
  return undefined;
}
