import { formatEther, parseEther } from "ethers";
import { finality } from "../../shared/reader/index.js";
import { deploy, send, type Stage } from "../stage.js";

/** What became of it. */
export interface LendingReport {
  readonly token: string;
  readonly feed: bigint;
  readonly line: string;
  readonly borrowed: bigint;
  readonly gasUsed: bigint;
  readonly isCalledIn: boolean;
}

/** Somebody borrows on B against what they hold on A, spends it on A, and is called in. */
export async function playLending(stage: Stage): Promise<LendingReport> {
  const { a, b, reader, deployment, people, say } = stage;
  const [holder, watcher] = [people[0] as string, people[1] as string];
  const token = await deploy("Token", await a.getSigner(holder), [parseEther("1000")]);
  say(`an ordinary ERC-20 lives on A at ${token.address}; ${holder} holds 1000 of it`);

  const feed = await stage.mirror(token.address);
  say(`feed ${feed} mirrors it to B`);
  const line = await deploy("CreditLine", await b.getSigner(watcher), [deployment.contracts.feeds, feed]);

  const question = { type: "mapping(address => uint256)", slot: 0, path: [holder], maxAgeSeconds: 600 };
  const shown = await reader.feed(feed).value(question);
  say(
    `the feed shows ${formatEther(shown.value as bigint)} at block ${shown.number} of A, ${shown.ageSeconds} s old`,
  );
  const asHolder = line.as(await b.getSigner(holder));
  const receipt = await send(asHolder, "borrow", [parseEther("400")]);
  say(`borrowed 400 on B against it, ${receipt.gasUsed} gas`);

  // The balance is proven as well as mirrored: whoever does not want to wait for the feed reads A itself.
  const proven = await reader.value({ ...question, account: token.address, finality: finality.final });
  say(
    `the same by proof under a final root: ${formatEther(proven.value as bigint)} at block ${proven.claim.number}`,
  );

  await send(token.as(await a.getSigner(holder)), "transfer", [watcher, parseEther("500")]);
  say(`${holder} gives 500 away on A`);
  await stage.untilShown(feed);
  await send(line.as(await b.getSigner(watcher)), "callIn", [holder]);
  const isCalledIn = (await asHolder.getFunction("isCalledIn")(holder)) as boolean;
  say("the feed shows that, and the line is called in");
  const borrowed = (await asHolder.getFunction("debtOf")(holder)) as bigint;
  return { token: token.address, feed, line: line.address, borrowed, gasUsed: receipt.gasUsed, isCalledIn };
}
