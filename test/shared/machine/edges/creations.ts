import { createAddress } from "../../../../shared/machine/CallStage.js";
import {
  account,
  addressAt,
  block,
  call,
  contracts,
  create,
  create2Address,
  deploys,
  look,
  MAIN,
  NOBODY,
  push,
  run,
  runEach,
  send,
  SENDER,
  type EdgeBlock,
} from "./plan.js";

/** Where the main contract's first creation goes, and the sender's. */
const first = createAddress(MAIN, 1n);
const sent = createAddress(BigInt(SENDER), 0n);
const main = addressAt(MAIN);

/** CREATE, with what is at the address then. */
const createAndLook = `${create("00")}5a${look(first)}3d`;

/** EIP-684, EIP-7610, EIP-2681: where nothing may be created, and who may not create. */
const collisions: EdgeBlock[] = [
  [
    "a creator with the last nonce",
    run("", {
      [main]: account(`${create("00")}${look(createAddress(MAIN, 2n ** 64n - 1n))}`, {
        nonce: "0xffffffffffffffff",
      }),
    }),
  ],
  [
    "a creator with the nonce before the last",
    run("", { [main]: account(create("00").repeat(2), { nonce: "0xfffffffffffffffe" }) }),
  ],
  [
    "a creator that cannot pay",
    run(`${create("00", { value: 1_000n })}${look(first)}${create("00", { value: 5n })}${look(first)}`),
  ],
  ["a creation where a nonce is", run(createAndLook, { [addressAt(first)]: account("") })],
  ["a creation where code is", run(createAndLook, { [addressAt(first)]: account("00", { nonce: "0x0" }) })],
  [
    "a creation where storage is (EIP-7610)",
    run(createAndLook, { [addressAt(first)]: account("", { nonce: "0x0", storage: { "0x1": "0x1" } }) }),
  ],
  [
    "a creation where a balance is",
    run(createAndLook, { [addressAt(first)]: account("", { nonce: "0x0" }) }),
  ],
  [
    "a transaction's creation where storage is (EIP-7610)",
    block(
      { [addressAt(sent)]: account("", { nonce: "0x0", storage: { "0x1": "0x1" } }) },
      send({ data: "00", value: 3n }, { data: "00" }),
    ),
  ],
];

const salted = deploys("00");
const twice = `${create(salted, { salt: 7n })}${look(create2Address(MAIN, 7n, salted))}${create(salted, { salt: 7n })}`;

// Stores 1 in its slot 0, and destroys itself when it is called.
const mortal = `60015f55${deploys("33ff")}`;
const mortalAt = create2Address(MAIN, 7n, mortal);
const makeAndKill = `${create(mortal, { salt: 7n, value: 3n })}${call(mortalAt, { value: 2n })}${look(mortalAt)}`;

// Keeps in slot 1 what it finds in slot 0, stores there, and destroys itself while it is made, unless it gets value.
const curious = "5f5460015560055f5534600f5733ff5b00";
const curiousAt = create2Address(MAIN, 8n, curious);

/** EIP-6780: what is destroyed in the execution that made it, and what follows. */
const destructions: EdgeBlock[] = [
  ["two creations at one address", run(twice)],
  [
    "two creations at one address, in every transaction",
    block(contracts({ 0xa1: twice }), send({ to: MAIN }, { to: MAIN })),
  ],
  ["a contract destroyed and made again in one transaction", run(makeAndKill.repeat(2))],
  [
    "a contract destroyed and made again in the next",
    block(
      contracts({ 0xa1: makeAndKill }),
      send({ to: MAIN }, { to: mortalAt, value: 9n }, { to: MAIN }, { to: MAIN }),
    ),
  ],
  [
    "storage of a contract that was destroyed, and of the one made after it",
    block(
      // CREATE2(value from the data, 32 − size, size, 8), operands from the bottom up.
      contracts({
        0xa1: `${push(BigInt(`0x${curious}`))}5f526008${push(curious.length / 2)}${push(32 - curious.length / 2)}5f35f5`,
      }),
      send(
        { to: MAIN, data: "00" },
        { to: MAIN, data: "00" },
        { to: curiousAt, value: 1n },
        { to: MAIN, data: "00".repeat(31) + "05" },
        { to: MAIN, data: "00" },
        { to: curiousAt },
      ),
    ),
  ],
  [
    "a contract destroyed in a frame that fails",
    run(
      call(0xa2n).repeat(2),
      contracts({ 0xa2: `${create(mortal, { salt: 7n })}${call(create2Address(0xa2n, 7n, mortal))}5f5ffd` }),
    ),
  ],
  ["a contract that gives itself to itself", run(`${create("30ff", { value: 3n })}${look(first)}`)],
  [
    "a contract that gets value after its end",
    run(`${create("33ff", { value: 3n })}${call(first, { value: 5n })}${look(first)}`),
  ],
  [
    "a contract that is destroyed by its init code's delegate",
    run(`${create(call(0xa2n, { op: "f4" }))}${look(first)}`, contracts({ 0xa2: "33ff" })),
  ],
  [
    "old contracts that destroy themselves",
    run(
      `${call(0xa2n).repeat(2)}${call(0xa3n)}${look(0xa2n)}${look(0xa3n)}${look(NOBODY)}`,
      contracts({ 0xa2: `${push(NOBODY)}ff`, 0xa3: "30ff" }),
    ),
  ],
  [
    "a contract that gives nothing to nobody",
    run(`${call(0xa2n)}${look(NOBODY)}`, {
      [addressAt(0xa2n)]: account(`${push(NOBODY)}ff`, { balance: "0x0" }),
    }),
  ],
  [
    "heirs that cost",
    runEach(
      [`${push(NOBODY)}ff`, `${push(NOBODY)}ff`, "6004ff", `${push(NOBODY + 1n)}3150${push(NOBODY + 1n)}ff`],
      {
        pre: { [addressAt(0xb01n)]: account(`${push(NOBODY + 2n)}ff`, { balance: "0x0" }) },
      },
    ),
  ],
];

/** EIP-170, EIP-3541, EIP-3860. */
const limits: EdgeBlock[] = [
  ["code that begins with ef", run(["ef", "ef0100", "00ef"].map((code) => create(deploys(code))).join(""))],
  ["code at the limit", run(`${create("6160005ff3")}${create("6160015ff3")}`, {}, { gas: 15_000_000n })],
  ["code that cannot be paid", run(call(0xa2n, { gas: 40_000n }), contracts({ 0xa2: create("60ff5ff3") }))],
  ["init code at the limit", runEach([`${push(49_152)}5f5ff0`, `${push(49_153)}5f5ff0`])],
  [
    "init code that returns data",
    run(["60205ffd", "60205ff3", "fe"].map((init) => `${create(init)}3d`).join("")),
  ],
  ["init code that asks for its input", run(create("3636361536384960205f5f37385f5f395f5135"))],
];

export const creations: readonly EdgeBlock[] = [...collisions, ...destructions, ...limits];
