import {
  account,
  addressAt,
  block,
  call,
  contracts,
  create,
  look,
  MAIN,
  MAX_WORD,
  NOBODY,
  push,
  run,
  runEach,
  send,
  hex,
  type EdgeBlock,
} from "./plan.js";

const FAR = push(2n ** 255n);
const LAST = push(MAX_WORD);

const calls: EdgeBlock[] = [
  [
    "value calls to nobody",
    run(
      [
        `${call(NOBODY)}${look(NOBODY)}`,
        `${call(NOBODY, { value: 1n, gas: 0n })}${look(NOBODY)}`,
        `${call(NOBODY + 1n, { op: "f2", value: 1n })}${look(NOBODY + 1n)}`,
        `${call(NOBODY + 2n, { value: 1_000n })}5a`,
      ].join(""),
    ),
  ],
  [
    "value calls to precompiles",
    run(
      [
        call(4n, { value: 1n, gas: 0n }),
        call(4n, { value: 1n }),
        look(4n),
        call(10n, { value: 1n }),
        look(10n),
        call(0x12n, { value: 1n }),
        call(0x100n, { value: 1n }),
        look(0x100n),
      ].join(""),
    ),
  ],
  [
    "precompiles with just their gas",
    run([14, 15, 17, 18].map((gas) => `5f5f60205f5f6004${push(gas)}f13d`).join("")),
  ],
  [
    "stores with just the stipend",
    run(
      [2299, 2300, 2301].map((gas) => call(0xa3n, { gas: BigInt(gas + 5) })).join(""),
      contracts({ 0xa3: "60015f55" }),
    ),
  ],
  [
    "writes in a static frame",
    runEach(
      [
        "5f5f55",
        "5f5f5d",
        "5f5fa0",
        create("00"),
        create("00", { salt: 1n }),
        "5fff",
        call(NOBODY, { value: 1n }),
        call(NOBODY, { op: "f2", value: 1n }),
        "5f5c",
      ],
      { op: "fa" },
    ),
  ],
  [
    "gas that is counted in 64ths",
    run(
      `${call(0xa2n, { gas: MAX_WORD })}${call(0xa2n, { gas: 2n ** 64n })}${call(0xa2n, { gas: 63n })}`,
      contracts({ 0xa2: "5a5f5500" }),
      { gas: 90_000n },
    ),
  ],
];

/** RETURNDATACOPY of what lies within 32 bytes and beyond; EIP-211. */
const returned = [
  "60205f5f3e",
  "5f60205f3e",
  "5f60215f3e",
  `5f${LAST}5f3e`,
  `${LAST}60015f3e`,
  "600160205f3e",
  `5f5f${FAR}3e`,
];

const memory: EdgeBlock[] = [
  [
    "return data at its end",
    runEach(
      returned.map((code) => `${call(0xa2n)}${code}`),
      { pre: contracts({ 0xa2: "60205ff3" }) },
    ),
  ],
  [
    "nothing from far away",
    runEach([
      ...["37", "39", "5e"].map((op) => `5f${LAST}${FAR}${op}`),
      `5f${LAST}${FAR}60a23c`,
      `5f${LAST}20`,
      `5f${LAST}a0`,
      `5f${LAST}5ff0`,
      `${FAR}5f${LAST}5ff5`,
      `5f${LAST}f3`,
      `5f${LAST}fd`,
      `5f${LAST}5f${FAR}5f60a25af1`,
      `5f${LAST}5f${FAR}60045afa`,
    ]),
  ],
  [
    "something from far away",
    runEach([
      ...["37", "39"].map((op) => `6021${LAST}5f${op}`),
      `6021${LAST}5f60a13c`,
      `6001${LAST}5f5e`,
      `6001${LAST}20`,
      `${LAST}35`,
      `${LAST}51`,
      `5f${LAST}52`,
      `5f${LAST}53`,
      `${LAST}5f20`,
      `5f5f${LAST}6001${"5f60a25af1"}`,
    ]),
  ],
  ["calldata at its end", run("5f3560013560023560033560205f5f375f51", {}, { data: "112233" })],
  [
    "copies over what they copy",
    run(
      `${push(BigInt(`0x${"00112233445566778899aabbccddeeff".repeat(2)}`))}5f52601f600160025e601f600260015e60205f601f5e60405f60205e5f5160205150`,
    ),
  ],
  [
    "jumps",
    runEach([
      "6003565b",
      "600456605b",
      "60045760015b",
      "600556605b5b",
      "61ffff56",
      `${LAST}56`,
      "60015f57",
      "5f5f57",
      "6004565f5b",
      "7f5b",
    ]),
  ],
  [
    "a full stack",
    runEach([
      `${"5f".repeat(1024)}80`,
      `${"5f".repeat(1024)}5f`,
      `${"5f".repeat(1023)}8000`,
      `${"5f".repeat(1024)}9f`,
      `${"5f".repeat(1024)}01`,
    ]),
  ],
];

const words: EdgeBlock[] = [
  [
    "hashes of blocks at their ends",
    run([999n, 1_000n, 1_001n, 743n, 0n, 2n ** 64n + 999n, 2n ** 255n].map((at) => `${push(at)}40`).join("")),
  ],
  [
    "leading zeros (EIP-7939)",
    run([0n, 1n, 255n, 2n ** 255n, MAX_WORD, 2n ** 128n].map((value) => `${push(value)}1e`).join("")),
  ],
  ["leading zeros before Osaka", run("5f1e", {}, {}, "prague")],
];

/** What each of three stores writes to slot 0, in one transaction after the other. */
const stores = [
  [0, 1, 0],
  [1, 0, 1],
  [0, 3, 0],
  [3, 0, 3],
  [0, 0, 4],
  [4, 5, 4],
  [4, 4, 4],
  [5, 6, 0],
  [0, 0, 0],
];

const storage: EdgeBlock[] = [
  [
    "transient words of two transactions",
    block(contracts({ 0xa1: "5f5c6001015f5d5f5c5f55" }), send({ to: MAIN }, { to: MAIN })),
  ],
  [
    "a slot that is set, cleared and set again",
    block(
      { [addressAt(MAIN)]: account("5f355f556020355f556040355f55", { storage: { "0x0": "0x3" } }) },
      send(
        ...stores.map((values) => ({
          to: MAIN,
          data: values.map((value) => hex(BigInt(value), 32)).join(""),
        })),
      ),
    ),
  ],
  ["a slot of a new contract", run(create("60015f555f5f555f545060015f5500", { value: 1n }))],
];

export const opcodes: readonly EdgeBlock[] = [...calls, ...memory, ...words, ...storage];
