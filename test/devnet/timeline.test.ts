import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ZeroAddress, ZeroHash, type EventFragment, type ParamType } from "ethers";
import { inWords } from "../../devnet/timeline.js";
import { interfaces } from "../../shared/chain/contracts.js";
import type { ChainEvent } from "../../shared/chain/events.js";

/** Some value of this type, as the decoder returns it. */
function someOf({ type, components }: ParamType): unknown {
  if (components !== null)
    return Object.fromEntries(components.map((field) => [field.name, someOf(field)] as const));
  if (type === "bool") return true;
  if (type === "address") return `0x${"12".repeat(20)}`;
  if (type.startsWith("bytes")) return `0x${"34".repeat(type === "bytes" ? 128 : 32)}`;
  return 3n;
}

function eventOf(contract: string, { name, inputs }: EventFragment): ChainEvent {
  const args = Object.fromEntries(inputs.map((input) => [input.name, someOf(input)] as const));
  const place = { blockNumber: 1n, blockHash: ZeroHash, transactionHash: ZeroHash, logIndex: 0 };
  return { contract, address: ZeroAddress, name, args, ...place };
}

const events = Object.entries(interfaces).flatMap(([contract, abi]) =>
  abi.fragments
    .filter((fragment): fragment is EventFragment => fragment.type === "event")
    .map((fragment) => eventOf(contract, fragment)),
);

const nameOf = (address: string): string => (address === ZeroAddress ? "nobody" : "somebody");

describe("the timeline", () => {
  it("has only words that events have fields for", () => {
    const told = events.flatMap((event) => inWords(event, nameOf) ?? []);
    assert.ok(told.length > 15, `${told.length} events are told`);
    for (const { text } of told) assert.doesNotMatch(text, /undefined|NaN/, text);
  });

  it("tells how many slots a proven update writes", () => {
    const proven = events.find(({ name }) => name === "UpdateProven");
    assert.ok(proven);
    assert.match(inWords(proven, nameOf)?.text ?? "", /is proven and applied: feed 3, 2 slots written$/);
  });
});
