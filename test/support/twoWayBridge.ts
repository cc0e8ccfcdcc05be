import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { concat, getCreateAddress, Interface, type Wallet } from "ethers";
import { startSourceNode } from "../../devnet/sourceNode.js";
import { messageContractsOf } from "../../shared/chain/manifest.js";
import { createRpc, type Rpc } from "../../shared/chain/rpc.js";
import { readNonce } from "../../shared/chain/transactions.js";
import { toJsonRpc } from "../../shared/chain/sourceLogs.js";
import { compileContract } from "./contracts.js";
import { asDestination } from "./hardhatDestination.js";
import { DEVELOPER } from "./hardhatNode.js";
import { Mailbox, receiverCode } from "./mailbox.js";

/** A token that lets nothing go to anybody while it is in a mood, so that releases fail. */
const TOKEN = `// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;
contract MoodyToken {
    mapping(address => uint256) public balanceOf;
    mapping(address => mapping(address => uint256)) public allowance;
    bool public isMoody;
    error Moody();
    constructor(uint256 supply) { balanceOf[msg.sender] = supply; }
    function setMood(bool moody) external { isMoody = moody; }
    function approve(address spender, uint256 value) external returns (bool) {
        allowance[msg.sender][spender] = value;
        return true;
    }
    function transfer(address to, uint256 value) external returns (bool) {
        require(!isMoody, Moody());
        return _move(msg.sender, to, value);
    }
    function transferFrom(address from, address to, uint256 value) external returns (bool) {
        allowance[from][msg.sender] -= value;
        return _move(from, to, value);
    }
    function _move(address from, address to, uint256 value) private returns (bool) {
        balanceOf[from] -= value;
        balanceOf[to] += value;
        return true;
    }
}`;

/** A vault's token that mints nothing while it is in a mood, so that arrivals on B fail. */
const VAULT_TOKEN = `// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;
import {IInbox} from "contracts/interfaces/IInbox.sol";
import {IOutbox} from "contracts/interfaces/IOutbox.sol";
import {VaultToken} from "devnet/contracts/VaultToken.sol";
contract MoodyVaultToken is VaultToken {
    bool public isMoody;
    error Moody();
    constructor(IOutbox outbox, IInbox inbox, address peer) VaultToken(outbox, inbox, peer) {}
    function setMood(bool moody) external { isMoody = moody; }
    function _update(address from, address to, uint256 value) internal override {
        require(from != address(0) || !isMoody, Moody());
        super._update(from, to, value);
    }
}`;

export const SUPPLY = 1_000_000n;
const abi = new Interface([
  "constructor(address,address,address,address)",
  "function lock(address,uint256)",
  "function burn(address,uint256)",
  "function approve(address,uint256)",
  "function setMood(bool)",
  "function balanceOf(address) view returns (uint256)",
  "function totalSupply() view returns (uint256)",
]);
const vaultTokenAbi = new Interface(["constructor(address,address,address)"]);
const tokenAbi = new Interface(["constructor(uint256)"]);

/**
 * Two nodes, each the source of one deployment and the destination of another, with a token on A and what stands for
 * it on B. All tokens belong to one account, which is on both chains.
 */
export class TwoWayBridge {
  readonly forth: Mailbox;
  readonly back: Mailbox;
  readonly a: Rpc;
  readonly b: Rpc;
  readonly token: string;
  readonly vault: string;
  readonly vaultToken: string;

  private constructor(
    forth: Mailbox,
    back: Mailbox,
    addresses: { token: string; vault: string; vaultToken: string },
  ) {
    this.forth = forth;
    this.back = back;
    this.a = forth.test.sourceRpc;
    this.b = back.test.sourceRpc;
    this.token = addresses.token;
    this.vault = addresses.vault;
    this.vaultToken = addresses.vaultToken;
  }

  static async start(): Promise<TwoWayBridge> {
    // The compiler holds everything up for seconds, in which nodes close idle connections: it goes first.
    receiverCode();
    const moodyToken = compileContract(TOKEN, "MoodyToken", "cancun").bytecode;
    const moodyVaultToken = compileContract(VAULT_TOKEN, "MoodyVaultToken", "cancun").bytecode;
    const [nodeA, nodeB] = await Promise.all([
      startSourceNode({ chainId: 31_337n }),
      startSourceNode({ chainId: 31_338n }),
    ]);
    const forth = await Mailbox.start({ sourceNode: nodeA, destinationNode: asDestination(nodeB) });
    const back = await Mailbox.start({ sourceNode: nodeB, destinationNode: asDestination(nodeA) });
    const [a, b] = [createRpc({ urls: [nodeA.url] }), createRpc({ urls: [nodeB.url] })];
    const token = await create(a, concat([moodyToken, tokenAbi.encodeDeploy([SUPPLY])]));
    const vaultToken = getCreateAddress({
      from: DEVELOPER,
      nonce: await readNonce(toJsonRpc(b), DEVELOPER, "latest"),
    });
    const there = messageContractsOf(forth.manifest);
    const here = messageContractsOf(back.manifest);
    const vault = await create(
      a,
      concat([artifact("Vault"), abi.encodeDeploy([token, there.outbox, here.inbox, vaultToken])]),
    );
    const minted = await create(
      b,
      concat([moodyVaultToken, vaultTokenAbi.encodeDeploy([here.outbox, there.inbox, vault])]),
    );
    assert.equal(minted.toLowerCase(), vaultToken.toLowerCase());
    const bridge = new TwoWayBridge(forth, back, { token, vault, vaultToken });
    await bridge.#send(a, token, "approve", [vault, 2n ** 256n - 1n]);
    return bridge;
  }

  async close(): Promise<void> {
    await this.forth.close();
    await this.back.close();
  }

  wallet(index: number): Wallet {
    return this.forth.wallet(index);
  }

  async lock(amount: bigint): Promise<void> {
    await this.#send(this.a, this.vault, "lock", [DEVELOPER, amount]);
  }

  async burn(amount: bigint): Promise<void> {
    await this.#send(this.b, this.vaultToken, "burn", [DEVELOPER, amount]);
  }

  /** While A's token is in a mood, nothing that comes back to A is released. */
  async letReleasesFail(isMoody: boolean): Promise<void> {
    await this.#send(this.a, this.token, "setMood", [isMoody]);
  }

  /** While B's token is in a mood, nothing that comes from A is minted. */
  async letMintsFail(isMoody: boolean): Promise<void> {
    await this.#send(this.b, this.vaultToken, "setMood", [isMoody]);
  }

  async balances(): Promise<{ free: bigint; locked: bigint; minted: bigint; owned: bigint }> {
    return {
      free: await read(this.a, this.token, "balanceOf", [DEVELOPER]),
      locked: await read(this.a, this.token, "balanceOf", [this.vault]),
      minted: await read(this.b, this.vaultToken, "totalSupply", []),
      owned: await read(this.b, this.vaultToken, "balanceOf", [DEVELOPER]),
    };
  }

  async #send(rpc: Rpc, to: string, name: string, args: unknown[]): Promise<void> {
    const data = abi.encodeFunctionData(name, args);
    await rpc.request("eth_sendTransaction", [{ from: DEVELOPER, to, data, gas: "0x100000" }]);
  }
}

async function create(rpc: Rpc, data: string): Promise<string> {
  const hash = await rpc.request("eth_sendTransaction", [{ from: DEVELOPER, data, gas: "0x500000" }]);
  const receipt = (await rpc.request("eth_getTransactionReceipt", [hash])) as { contractAddress: string };
  return receipt.contractAddress;
}

async function read(rpc: Rpc, to: string, name: string, args: unknown[]): Promise<bigint> {
  const answer = await rpc.request("eth_call", [{ to, data: abi.encodeFunctionData(name, args) }, "latest"]);
  return BigInt(answer as string);
}

function artifact(name: string): string {
  const file = new URL(`../../out/${name}.sol/${name}.json`, import.meta.url);
  return (JSON.parse(readFileSync(file, "utf8")) as { bytecode: { object: string } }).bytecode.object;
}
