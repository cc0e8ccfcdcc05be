import { createAddress } from "../../../../shared/machine/CallStage.js";
import { fromHex } from "../../../../shared/execution/crypto.js";
import { CHAIN_ID, COINBASE, signTransaction, type BlockPlan, type Field } from "../support/buildBlock.js";
import {
  account,
  addressAt,
  block,
  bytesAt,
  contracts,
  create,
  deploys,
  GAS,
  hex,
  KEY,
  look,
  MAIN,
  NOBODY,
  push,
  run,
  send,
  SENDER,
  type EdgeBlock,
} from "./plan.js";

const sent = createAddress(BigInt(SENDER), 0n);
const at = (coinbase: string, plan: BlockPlan): BlockPlan => ({ ...plan, coinbase });

const withdrawals: Field[] = [
  [0n, 1n, bytesAt(NOBODY), 0n],
  [1n, 1n, bytesAt(NOBODY + 1n), 1n],
  [2n, 1n, bytesAt(NOBODY + 1n), 2n ** 64n - 1n],
  [3n, 1n, bytesAt(createAddress(MAIN, 1n)), 1n],
  [4n, 1n, fromHex(COINBASE), 1n],
  [5n, 1n, bytesAt(4n), 1n],
  [2n ** 64n - 1n, 2n ** 64n - 1n, fromHex(SENDER), 1n],
];

/** Who is paid for the block, and withdrawals. */
const coinbases: EdgeBlock[] = [
  [
    "the sender as coinbase",
    at(SENDER, block({}, send({ to: NOBODY, value: 3n }, { to: BigInt(SENDER), value: 2n }))),
  ],
  ["a new contract as coinbase", at(addressAt(sent), block({}, send({ data: deploys("00") }, { to: sent })))],
  [
    "a contract that is gone as coinbase",
    at(addressAt(sent), block({}, send({ data: "33ff", value: 3n }, { to: sent, value: 1n, fee: 7n }))),
  ],
  [
    "a contract that is gone with the last transaction as coinbase",
    at(addressAt(sent), block({}, send({ data: "30ff", value: 3n }))),
  ],
  ["a precompile as coinbase", at(addressAt(4n), block({}, send({ to: 4n, data: "00" })))],
  ["a coinbase without a tip", block({}, send({ to: NOBODY, fee: 7n }))],
  ["a coinbase that is asked about", run(`413150${look(BigInt(COINBASE))}`)],
  ["withdrawals of nothing and of something", { ...run(create("33ff", { value: 3n })), withdrawals }],
];

// Clears two slots and sets one.
const clearing = {
  [addressAt(MAIN)]: account("5f5f555f6001555f600255", {
    storage: { "0x0": "0x1", "0x1": "0x1", "0x2": "0x2" },
  }),
};

/** EIP-3529, EIP-7623. */
const refunds: EdgeBlock[] = [
  ["refunds above a fifth", block(clearing, send({ to: MAIN }))],
  ["refunds below the floor (EIP-7623)", block(clearing, send({ to: MAIN, data: "11".repeat(3_000) }))],
  [
    "refunds before there was a floor",
    block(clearing, send({ to: MAIN, data: "11".repeat(3_000) }), "cancun"),
  ],
  [
    "a floor that takes all gas (EIP-7623)",
    block(clearing, send({ to: MAIN, data: "1100".repeat(300), gas: 36_000n })),
  ],
  [
    "all that the sender has",
    block(
      {
        [SENDER]: account("", { nonce: "0x0", balance: `0x${(GAS * 1_000n + 3n).toString(16)}` }),
        ...contracts({ 0xa1: "fe" }),
      },
      send({ to: MAIN, value: 3n }),
    ),
  ],
];

// BLOBHASH of several indices, BLOBBASEFEE, BASEFEE, GASPRICE.
const asking = contracts({ 0xa1: `5f4960014960024960064990${push(2n ** 255n)}904a483a` });

function withBlobs(nonce: bigint, count: number): Uint8Array {
  const hashes = Array.from({ length: count }, (_, index) => fromHex(`01${hex(BigInt(index), 31)}`));
  const fields: Field[] = [
    CHAIN_ID,
    nonce,
    1n,
    1_000n,
    GAS,
    bytesAt(MAIN),
    0n,
    new Uint8Array(),
    [],
    10n ** 9n,
    hashes,
  ];
  return signTransaction(3, fields, KEY);
}

/** EIP-4844, EIP-7918. */
const blobs: EdgeBlock[] = [
  [
    "blobs at a high price",
    block(asking, [withBlobs(0n, 2), withBlobs(1n, 1)], "cancun", { excessBlobGas: 60_000_000n, blobs: 3 }),
  ],
  [
    "as many blobs as a block and a transaction may have",
    block(asking, [withBlobs(0n, 6), withBlobs(1n, 3)], "osaka", { excessBlobGas: 60_000_000n, blobs: 9 }),
  ],
  [
    "blobs whose price the reserve sets (EIP-7918)",
    block(asking, [withBlobs(0n, 6)], "osaka", { excessBlobGas: 40_000_000n, baseFee: 900n, blobs: 6 }),
  ],
];

const word = (value: bigint): Uint8Array => fromHex(hex(value, 32));
const list: Field[] = [
  [fromHex(SENDER), []],
  [bytesAt(MAIN), [word(1n), word(1n), word(2n)]],
  [bytesAt(MAIN), [word(1n)]],
  [fromHex(COINBASE), [word(0n)]],
  [bytesAt(9n), [word(0n)]],
  [bytesAt(MAIN), []],
];

const others: EdgeBlock[] = [
  [
    "an access list with everything twice",
    block(contracts({ 0xa1: `5f54600154600254600354${look(9n)}${look(BigInt(COINBASE))}` }), [
      signTransaction(1, [CHAIN_ID, 0n, 1_000n, GAS, bytesAt(MAIN), 0n, new Uint8Array(), list], KEY),
    ]),
  ],
  [
    "transactions to precompiles, with value",
    block({}, send({ to: 4n, value: 3n, data: "01" }, { to: 0x100n, value: 1n }, { to: 9n, value: 2n })),
  ],
  [
    "transactions of value and of nothing to nobody",
    block({}, send({ to: NOBODY, value: 3n }, { to: NOBODY + 1n })),
  ],
];

export const payments: readonly EdgeBlock[] = [...coinbases, ...refunds, ...blobs, ...others];
