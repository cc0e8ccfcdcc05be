import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { AbiCoder, concat, getAddress, type Wallet } from "ethers";
import { IMPLEMENTATION_SLOT } from "../../../shared/mirror/registration.js";
import { replicaCommands } from "../../../shared/mirror/replicaCli.js";
import { startBot, type Bot } from "../../proposer/bot.js";
import { openCommandLine, type CommandLine } from "../../support/commandLine.js";
import { compileContract } from "../../support/contracts.js";
import { startDeployment, type TestDeployment } from "../../support/deployment.js";
import { createClaimant, type Claimant } from "../../support/finality.js";
import { startLyingProxy, type LyingProxy } from "../../support/lyingProxy.js";

/** A counter behind OpenZeppelin's proxy, and what its makers thought of later. It upgrades itself without a call. */
const SOURCE = `// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ERC1967Proxy} from "@openzeppelin/contracts/proxy/ERC1967/ERC1967Proxy.sol";

contract First {
    uint256 internal _count;

    function count() external view virtual returns (uint256) { return _count; }
    function add(uint256 amount) external { _count += amount; }
    function upgradeTo(address implementation) external {
        assembly { sstore(0x360894a13ba1a3210667c828492db98dca3e2076cc3735a920a3ca505d382bbc, implementation) }
    }
}

contract Second is First {
    function count() external view override returns (uint256) { return _count * 100; }
    function name() external pure returns (string memory) { return "second"; }
}
`;
const COUNT = "count() view returns (uint256)";
const NAME = "name() view returns (string)";

describe("the replica of a proxy", () => {
  const first = compileContract(SOURCE, "First", "cancun");
  const second = compileContract(SOURCE, "Second", "cancun");
  const proxyCode = compileContract(SOURCE, "ERC1967Proxy", "cancun");
  let chains: TestDeployment;
  let claimant: Claimant;
  let proposer: Bot;
  let node: LyingProxy;
  let cli: CommandLine;
  let proxy: string;
  let upgraded: string;

  before(async () => {
    chains = await startDeployment();
    claimant = await createClaimant(chains, chains.wallets[1] as Wallet);
    proposer = await startBot(chains, chains.wallets[2] as Wallet, {
      policy: { provesUpToSlots: Infinity, maxPendingClaims: 0 },
    });
    node = await startLyingProxy(chains.sourceNode.url);
    cli = await openCommandLine(chains, {
      commands: [replicaCommands],
      sourceUrl: node.url,
      wallet: chains.wallets[5] as Wallet,
    });
    const logic = await create(first.bytecode);
    upgraded = await create(second.bytecode);
    const args = AbiCoder.defaultAbiCoder().encode(
      ["address", "bytes"],
      [logic, first.call("add(uint256)", 7n)],
    );
    proxy = await create(concat([proxyCode.bytecode, args]));
    await cli.works("replica", "create", proxy, "--max-age", "6h");
  });
  after(async () => {
    await node.close();
    await chains.close();
    await cli.close();
  });

  async function create(data: string): Promise<string> {
    const receipt = await chains.sendToSource({ data, gas: "0xe00000" });
    assert.equal(receipt.status, "0x1");
    return getAddress(receipt.contractAddress as string);
  }

  async function call(data: string): Promise<void> {
    assert.equal((await chains.sendToSource({ to: proxy, data, gas: "0xe00000" })).status, "0x1");
  }

  /** Makes A's present final on B and the feed show it. */
  async function follow(): Promise<void> {
    await chains.mineSource(1);
    await claimant.finalize(await claimant.claim());
    assert.deepEqual([...(await proposer.settle()), ...(await proposer.settle())], ["sync"]);
  }

  const view = (declaration: string): string[] => ["replica", "call", "1", declaration, "--max-age", "2h"];
  const show = (): Promise<Record<string, unknown>> => cli.works("replica", "show", "1", "--max-age", "2h");
  const read = async (slot: bigint): Promise<bigint> => {
    const word = `0x${slot.toString(16).padStart(64, "0")}`;
    const [value] = await (await chains.openReader()).call("feeds", "read", [1n, word, 7_200n]);
    return BigInt(value as string);
  };

  it("answers by the code of the implementation", async () => {
    await follow();
    await cli.fails("CallReverted", /LogicMissing/, ...view(COUNT));
    const registered = await cli.works("replica", "register", "1");
    assert.equal(registered["isStored"], false);
    assert.equal((await show())["implementation"], registered["implementation"]);
    assert.deepEqual((await cli.works(...view(COUNT)))["results"], ["7"]);
  });

  it("goes on answering while only its storage changes", async () => {
    await call(first.call("add(uint256)", 5n));
    await follow();
    assert.deepEqual((await cli.works(...view(COUNT)))["results"], ["12"]);
  });

  it("answers nothing any more from an upgrade on, but its slots can be read", async () => {
    await call(first.call("upgradeTo(address)", upgraded));
    await follow();
    await cli.fails("CallReverted", /LogicMissing/, ...view(COUNT));
    const shown = await show();
    assert.deepEqual(
      [shown["isViewable"], shown["logic"], shown["implementation"]],
      [false, undefined, undefined],
    );
    assert.equal(await read(0n), 12n);
    assert.equal(await read(IMPLEMENTATION_SLOT), BigInt(upgraded));
  });

  it("answers by the new code once that is registered, which A's node cannot choose", async () => {
    node.lie("eth_getCode", (code) => `${String(code)}00`);
    await cli.fails("CodeWrong", /hashes to/, "replica", "register", "1");
    node.repent();
    assert.equal((await cli.works("replica", "register", "1", "--dry-run"))["isDryRun"], true);
    await cli.fails("CallReverted", /LogicMissing/, ...view(COUNT));

    const registered = await cli.works("replica", "register", "1");
    assert.equal(registered["implementation"], upgraded);
    assert.deepEqual((await cli.works(...view(COUNT)))["results"], ["1200"]);
    assert.deepEqual((await cli.works(...view(NAME)))["results"], ["second"]);
  });
});
