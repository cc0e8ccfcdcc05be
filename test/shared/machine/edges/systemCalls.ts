import type { WorldJson } from "../../../../shared/execution/worldState.js";
import { account, block, call, contracts, hex, MAIN, push, send, type EdgeBlock } from "./plan.js";

/** The contracts of EIP-2935, EIP-7002 and EIP-7251, with the codes that these deploy. */
const HISTORY = 0x0000f90827f1c53a10cb7a02335b175320002935n;
const WITHDRAWALS = 0x00000961ef480eb55e80d19ad83579a64c007002n;
const CONSOLIDATIONS = 0x0000bbddc7ce488642fb579f8b00f3a590007251n;
const HISTORY_CODE =
  "3373fffffffffffffffffffffffffffffffffffffffe14604657602036036042575f35600143038111604257611fff81430311604257611fff9006545f5260205ff35b5f5ffd5b5f35611fff60014303065500";
const WITHDRAWALS_CODE =
  "3373fffffffffffffffffffffffffffffffffffffffe1460cb5760115f54807fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff146101f457600182026001905f5b5f82111560685781019083028483029004916001019190604d565b909390049250505036603814608857366101f457346101f4575f5260205ff35b34106101f457600154600101600155600354806003026004013381556001015f35815560010160203590553360601b5f5260385f601437604c5fa0600101600355005b6003546002548082038060101160df575060105b5f5b8181146101835782810160030260040181604c02815460601b8152601401816001015481526020019060020154807fffffffffffffffffffffffffffffffff00000000000000000000000000000000168252906010019060401c908160381c81600701538160301c81600601538160281c81600501538160201c81600401538160181c81600301538160101c81600201538160081c81600101535360010160e1565b910180921461019557906002556101a0565b90505f6002555f6003555b5f54807fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff14156101cd57505f5b6001546002828201116101e25750505f6101e8565b01600290035b5f555f600155604c025ff35b5f5ffd";
const CONSOLIDATIONS_CODE =
  "3373fffffffffffffffffffffffffffffffffffffffe1460d35760115f54807fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff1461019a57600182026001905f5b5f82111560685781019083028483029004916001019190604d565b9093900492505050366060146088573661019a573461019a575f5260205ff35b341061019a57600154600101600155600354806004026004013381556001015f358155600101602035815560010160403590553360601b5f5260605f60143760745fa0600101600355005b6003546002548082038060021160e7575060025b5f5b8181146101295782810160040260040181607402815460601b815260140181600101548152602001816002015481526020019060030154905260010160e9565b910180921461013b5790600255610146565b90505f6002555f6003555b5f54807fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff141561017357505f5b6001546001828201116101885750505f61018e565b01600190035b5f555f6001556074025ff35b5f5ffd";

function system(excess: string): WorldJson {
  const queue = (code: string): WorldJson[string] =>
    account(code, { balance: "0x0", storage: { "0x0": excess } });
  return {
    [address(HISTORY)]: account(HISTORY_CODE, { balance: "0x0" }),
    [address(WITHDRAWALS)]: queue(WITHDRAWALS_CODE),
    [address(CONSOLIDATIONS)]: queue(CONSOLIDATIONS_CODE),
    // Asks for the parent's hash and leaves it on the stack.
    ...contracts({ 0xa1: `${push(999)}5f5260205f60205f5f${push(HISTORY)}5af15f51${call(WITHDRAWALS)}` }),
  };
}

const address = (at: bigint): string => `0x${hex(at, 20)}`;
const withdrawal = { to: WITHDRAWALS, value: 1n, data: "77".repeat(48) + hex(32n, 8) };
const consolidation = { to: CONSOLIDATIONS, value: 1n, data: "77".repeat(48) + "88".repeat(48) };
const sent = send(
  { to: MAIN },
  withdrawal,
  consolidation,
  { ...withdrawal, value: 0n },
  { ...consolidation, data: "77" },
  withdrawal,
  withdrawal,
  consolidation,
  consolidation,
);

export const systemCalls: readonly EdgeBlock[] = [
  ["requests, more than one block hands over", block(system("0x0"), sent, "prague")],
  ["requests while there are many", block(system("0x40"), sent, "osaka")],
  [
    "requests before the first call of their contracts",
    block(system(`0x${"ff".repeat(32)}`), sent, "prague"),
  ],
];
