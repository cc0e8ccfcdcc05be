import { formatEther } from "ethers";
import type { DestinationView, ProtocolReader } from "../shared/chain/protocolReader.js";
import type { ClaimEntry, UpdateEntry } from "../shared/protocol/ledger.js";
import { describeStanding, standingOf, type GameStanding } from "../shared/game/standing.js";
import { capitalNeeded, type Capital } from "./capital.js";
import { configuredFeeds, type ProposerPolicy } from "./view.js";

/** A proposer as B has it. */
export interface ProposerStatus {
  readonly staker: string;
  readonly freeWei: bigint;
  readonly lockedWei: bigint;
  readonly earningsWei: bigint;
  /** The protocol's clock, seconds. */
  readonly clock: bigint;
  readonly isRefunding: boolean;
  /** Own claims and updates that are not decided yet. */
  readonly claims: readonly ClaimEntry[];
  readonly updates: readonly UpdateEntry[];
  /** Open demands against own claims: claim and last second to answer, on the protocol's clock. */
  readonly demands: readonly { readonly claim: string; readonly deadline: bigint }[];
  /** Undefined if the deployment has no execution court. */
  readonly games: GameStanding | undefined;
  readonly decided: Readonly<Record<string, number>>;
  readonly capital: Capital;
}

export async function readStatus(
  reader: ProtocolReader,
  { ledger, clock }: DestinationView,
  plan: Pick<ProposerPolicy, "staker" | "feeds" | "claimIntervalSeconds">,
): Promise<ProposerStatus> {
  const { staker, claimIntervalSeconds } = plan;
  const [account] = await reader.call("stake", "account", [staker]);
  const [earningsWei] = await reader.call("feeds", "earnings", [staker]);
  const { free, locked } = account as { free: bigint; locked: bigint };
  const claims = [...ledger.claims.values()].filter(({ claim }) => claim.proposer === staker);
  const updates = [...ledger.updates.values()].filter(({ update }) => update.proposer === staker);
  const feeds = configuredFeeds(ledger, plan).length;
  const decided: Record<string, number> = {};
  for (const { status } of claims) if (status !== "Pending") decided[status] = (decided[status] ?? 0) + 1;
  return {
    staker,
    freeWei: free,
    lockedWei: locked,
    earningsWei: earningsWei as bigint,
    clock,
    isRefunding: ledger.isRefunding,
    claims: claims.filter(({ status }) => status === "Pending"),
    updates: updates.filter(({ status }) => status === "Pending" || status === "Applying"),
    demands: [...ledger.demands.values()].filter(
      ({ claim, isOpen }) => isOpen && ledger.claims.get(claim)?.claim.proposer === staker,
    ),
    games: reader.parameters.games && standingOf(staker, ledger, reader.parameters, clock),
    decided,
    capital: capitalNeeded(reader.parameters, { claimIntervalSeconds, feeds }),
  };
}

/** For people. */
export function formatStatus(status: ProposerStatus): string {
  const { claimsWei, updatesWei, defenceWei } = status.capital;
  const left = (deadline: bigint): string =>
    deadline >= status.clock ? `${deadline - status.clock} s left` : "window over";
  const decided = Object.entries(status.decided).map(([name, count]) => `${count} ${name.toLowerCase()}`);
  return [
    `proposer ${status.staker}${status.isRefunding ? " (refund mode: unwind)" : ""}`,
    `stake    ${formatEther(status.freeWei)} ETH free, ${formatEther(status.lockedWei)} ETH locked`,
    `earnings ${formatEther(status.earningsWei)} ETH`,
    `capital  ${formatEther(claimsWei + updatesWei)} ETH of stake and ${formatEther(defenceWei)} ETH for gas keep you going at worst`,
    `claims   ${status.claims.length} pending${decided.length === 0 ? "" : `, ${decided.join(", ")}`}`,
    ...status.claims.map(({ id, claim, deadline }) => `  block ${claim.number}  ${left(deadline)}  ${id}`),
    `updates  ${status.updates.length} under way`,
    ...status.updates.map(
      ({ id, update, deadline }) => `  feed ${update.feed} block ${update.number}  ${left(deadline)}  ${id}`,
    ),
    `demands  ${status.demands.length} to answer`,
    ...status.demands.map(({ claim, deadline }) => `  ${left(deadline)}  claim ${claim}`),
    ...(status.games === undefined ? [] : describeStanding("games    ", status.games)),
  ].join("\n");
}
