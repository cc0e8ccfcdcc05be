import { id, Interface } from "ethers";
import { artifactOf, deploy, send, type Stage } from "../stage.js";

export interface NamesReport {
  readonly registry: string;
  readonly feed: bigint;
  readonly resolver: string;
  readonly target: string;
  readonly gasUsed: bigint;
}

/** A name is registered on A, resolved on B, and its owner on A speaks for it on B. */
export async function playNames(stage: Stage): Promise<NamesReport> {
  const { a, b, reader, deployment, people, say } = stage;
  const [owner, friend] = people as [string, string];
  const registry = await deploy("NameRegistry", await a.getSigner(owner));
  const asOwner = registry.as(await a.getSigner(owner));
  await send(asOwner, "register", ["alice"]);
  await send(asOwner, "setTarget", ["alice", friend]);
  say(`${owner} has registered "alice" on A; it stands for ${friend}`);

  const feed = await stage.mirror(registry.address, true);
  say(`feed ${feed} mirrors the registry to B, and answers its view functions`);
  const abi = new Interface(artifactOf("NameRegistry").abi as string[]);
  const question = { abi, maxAgeSeconds: 86_400 };
  const name = await reader.feed(feed).view<string>({ ...question, function: "name" });
  const target = await reader.feed(feed).view<string>({ ...question, function: "resolve", args: ["alice"] });
  const held = await reader
    .feed(feed)
    .view<string>({ ...question, function: "ownerOf", args: [id("alice")] });
  say(`asked on B: the registry is "${name.value}", "alice" is ${target.value} and belongs to ${held.value}`);

  const resolver = await deploy("NameResolver", await b.getSigner(friend), [
    deployment.contracts.replicas,
    feed,
  ]);
  const receipt = await send(resolver.as(await b.getSigner(owner)), "setProfile", ["alice", "hello from A"]);
  say(`its owner on A has set a profile on B, ${receipt.gasUsed} gas`);
  return {
    registry: registry.address,
    feed,
    resolver: resolver.address,
    target: target.value,
    gasUsed: receipt.gasUsed,
  };
}
