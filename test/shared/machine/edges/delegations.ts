import {
  addressOf,
  CHAIN_ID,
  COINBASE,
  signAuthorisation,
  signTransaction,
  type Field,
} from "../support/buildBlock.js";
import { fromHex } from "../../../../shared/execution/crypto.js";
import type { WorldJson } from "../../../../shared/execution/worldState.js";
import {
  account,
  addressAt,
  block,
  bytesAt,
  call,
  contracts,
  create,
  GAS,
  hex,
  KEY,
  look,
  MAIN,
  NOBODY,
  OTHER,
  rich,
  run,
  send,
  SENDER,
  THIRD,
  type CallOpcode,
  type EdgeBlock,
} from "./plan.js";

/** EIP-7702. */
const HALF_ORDER = 0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0n;
const ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
const WRITER = 0xa2n;

const sender = BigInt(SENDER);
const authority = addressOf(OTHER);
const other = BigInt(authority);
const third = BigInt(addressOf(THIRD));

/** A tuple of the authority for a delegate. */
function sign(to: bigint, { nonce = 0n, key = OTHER, chain = CHAIN_ID } = {}): Field[] {
  return signAuthorisation(chain, addressAt(to), nonce, key);
}

/** A transaction of type 4. */
function authorise(to: bigint, tuples: Field[], value = 0n, list: Field[] = []): Uint8Array {
  const call: Field[] = [GAS, bytesAt(to), value, new Uint8Array(), list];
  return signTransaction(4, [CHAIN_ID, 0n, 1n, 1_000n, ...call, tuples], KEY);
}

const delegated = (to: bigint, more: Partial<WorldJson[string]> = {}): WorldJson[string] =>
  account(`ef0100${hex(to, 20)}`, more);

/** Calls in all ways, and asks. */
const callAll = (to: bigint): string =>
  [
    ...(["f1", "f2", "f4", "fa", "f1"] as CallOpcode[]).map((op) => call(to, { op, gas: 30_000n })),
    call(to, { value: 1n }),
    look(to),
  ].join("");

/** Counts in slot 1, copies its code, asks for its balance and ends itself. */
const writer = contracts({ [Number(WRITER)]: "600154600101600155385f5f394730ff" });
const asking = contracts({ 0xa1: `${look(other)}${look(third)}` });
const calling = contracts({ 0xa1: callAll(other) });

const given: EdgeBlock[] = [
  [
    "a sender that delegates to itself",
    block({}, [authorise(sender, [sign(sender, { nonce: 1n, key: KEY })])]),
  ],
  [
    "a sender that delegates to a contract",
    block(writer, [authorise(sender, [sign(WRITER, { nonce: 1n, key: KEY })], 5n)]),
  ],
  [
    "a sender that delegates with the nonce it had",
    block(writer, [authorise(sender, [sign(WRITER, { key: KEY })], 5n)]),
  ],
  [
    "a chain of delegations",
    block({ ...contracts({ 0xa1: `${callAll(other)}${callAll(third)}` }), ...writer }, [
      authorise(MAIN, [sign(third), sign(WRITER, { key: THIRD })]),
    ]),
  ],
  [
    "delegations to each other",
    block(calling, [authorise(MAIN, [sign(third), sign(other, { key: THIRD })])]),
  ],
  ["a delegation to a precompile", block(calling, [authorise(MAIN, [sign(4n)])])],
  [
    "a delegation to the coinbase",
    block({ ...calling, [COINBASE]: account("5a50") }, [authorise(MAIN, [sign(BigInt(COINBASE))])]),
  ],
  [
    "a delegate in the access list",
    block({ ...calling, ...writer }, [
      authorise(MAIN, [sign(WRITER)], 0n, [
        [bytesAt(WRITER), []],
        [fromHex(authority), []],
      ]),
    ]),
  ],
  [
    "an authority that creates",
    block(contracts({ [Number(WRITER)]: create("00").repeat(2) }), [authorise(other, [sign(WRITER)], 7n)]),
  ],
  [
    "an authority that authorises again, and takes it back",
    block(asking, [authorise(MAIN, [sign(WRITER), sign(0xa3n, { nonce: 1n }), sign(0n, { nonce: 2n })])]),
  ],
  [
    "a delegation taken away from storage",
    block({ [authority]: delegated(WRITER, { storage: { "0x1": "0x5" } }) }, [
      authorise(other, [sign(0n, { nonce: 1n })]),
    ]),
  ],
  ...["5f5ffd", "fe"].map((code): EdgeBlock => [
    `authorisations before ${code === "fe" ? "a halt" : "a revert"}`,
    block({ ...contracts({ 0xa1: code }), [authority]: account("", { nonce: "0x0" }) }, [
      authorise(MAIN, [sign(WRITER), sign(WRITER, { key: THIRD })]),
    ]),
  ]),
];

const found: EdgeBlock[] = [
  [
    "a transaction to a delegation to a precompile",
    block({ [authority]: delegated(2n) }, send({ to: other, data: "0011", value: 1n })),
  ],
  [
    "a transaction to a delegation",
    block({ [authority]: delegated(WRITER), ...writer }, send({ to: other, data: "0011", value: 1n })),
  ],
  [
    "a transaction to a delegation to nobody",
    block({ [authority]: delegated(NOBODY) }, send({ to: other, value: 1n })),
  ],
  [
    "a transaction to a delegation to itself",
    block({ [authority]: delegated(other) }, send({ to: other, value: 1n })),
  ],
  ["calls of a delegation to nobody", run(callAll(other), { [authority]: delegated(NOBODY) })],
  [
    "calls of a delegation to the caller",
    run(callAll(other), { [authority]: delegated(MAIN) }, { gas: 60_000n }),
  ],
  ["calls of a delegation to itself", run(callAll(other), { [authority]: delegated(other) })],
  [
    "calls of a delegation for which gas is short",
    run(
      [99, 100, 101, 199, 200, 2599, 2600, 2601, 2699, 2700, 5199, 5200, 5300]
        .map((gas) => call(0xa2n, { gas: BigInt(gas + 17) }))
        .join(""),
      { ...contracts({ 0xa2: call(other, { gas: 0n }) }), [authority]: delegated(NOBODY) },
    ),
  ],
  [
    "a delegate that is asked about",
    run(`${look(other)}${look(WRITER)}${call(other)}${look(WRITER)}`, {
      [authority]: delegated(WRITER),
      ...writer,
    }),
  ],
  [
    "calls of what will be a delegation, under Cancun",
    run(callAll(other), { [authority]: delegated(WRITER), ...writer }, {}, "cancun"),
  ],
  [
    "a sender that delegates, and stores",
    block(
      {
        [SENDER]: { ...rich, code: `0xef0100${hex(WRITER, 20)}` },
        ...writer,
        ...contracts({ 0xa1: callAll(sender) }),
      },
      send({ to: sender, value: 7n }, { to: MAIN }),
    ),
  ],
];

const [chain, delegate, nonce, parity, r, s] = sign(WRITER) as [Field, Field, Field, bigint, bigint, bigint];

const skipped: EdgeBlock[] = [
  [
    "authorisations at the end of nonces",
    block(
      {
        [authority]: account("", { nonce: "0xfffffffffffffffe" }),
        [addressOf(THIRD)]: account("", { nonce: "0xffffffffffffffff" }),
      },
      [
        authorise(MAIN, [
          sign(WRITER, { nonce: 2n ** 64n - 2n }),
          sign(WRITER, { nonce: 2n ** 64n - 1n }),
          sign(WRITER, { nonce: 2n ** 64n - 1n, key: THIRD }),
        ]),
      ],
    ),
  ],
  [
    "an authority with code",
    block({ ...asking, [authority]: account("00", { nonce: "0x0" }) }, [authorise(MAIN, [sign(WRITER)])]),
  ],
  [
    "authorisations that are skipped",
    block(asking, [
      authorise(MAIN, [
        [chain, delegate, nonce, 1n - parity, r, ORDER - s],
        [chain, delegate, nonce, parity + 2n, r, s],
        [chain, delegate, nonce, 255n, r, s],
        [chain, delegate, nonce, parity, 0n, s],
        [chain, delegate, nonce, parity, r, 0n],
        [chain, delegate, nonce, parity, ORDER, s],
        [chain, delegate, nonce, parity, 2n ** 256n - 1n, HALF_ORDER],
        sign(WRITER, { chain: 2n }),
        sign(WRITER, { chain: 2n ** 255n }),
        sign(WRITER, { nonce: 1n, key: THIRD }),
        sign(0xa3n, { chain: 0n }),
      ]),
    ]),
  ],
];

export const delegations: readonly EdgeBlock[] = [...given, ...found, ...skipped];
