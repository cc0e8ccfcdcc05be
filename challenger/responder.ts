import { interfaces } from "../shared/chain/contracts.js";
import type { Manifest } from "../shared/chain/manifest.js";
import { describeRevert } from "../shared/chain/reverts.js";
import type { SendOutcome } from "../shared/chain/flight.js";
import type { SendRequest, Sender } from "../shared/chain/sender.js";
import { endCall, moveCall, nameOf, openCall } from "../shared/game/calls.js";
import type { Logger } from "../shared/runtime/logger.js";
import type { Action } from "./solver.js";

/** Turns actions into transactions. */
export interface Responder {
  /**
   * What became of the action; a revert means that B has moved on: look again. Undefined if the same action is on
   * its way already, or was withheld by a dry run before.
   */
  act(action: Action): Promise<SendOutcome | undefined>;
}

export function createResponder(options: {
  manifest: Manifest;
  sender: Sender;
  challenger: string;
  logger: Logger;
}): Responder {
  const { sender, logger } = options;
  const underWay = new Set<string>();
  return {
    async act(action) {
      const request = transactionFor(action, options.manifest, options.challenger);
      if (underWay.has(request.key)) return undefined;
      underWay.add(request.key);
      let outcome: SendOutcome | undefined;
      try {
        outcome = await sender.send(request);
        report(logger, request, outcome);
        return outcome;
      } finally {
        if (outcome?.kind !== "dryRun") underWay.delete(request.key);
      }
    },
  };
}

/** The transaction of an action. Everything in it names the exact claim or update, so a reorganisation cannot redirect it. */
export function transactionFor(action: Action, manifest: Manifest, challenger: string): SendRequest {
  const { contracts } = manifest;
  switch (action.kind) {
    case "deposit": {
      const data = interfaces.stake.encodeFunctionData("deposit", [challenger]);
      const { amountWei: value, deadline } = action;
      const request = { to: contracts.stake, data, value, label: "deposit", key: "deposit" };
      return deadline === undefined ? request : { ...request, deadline };
    }
    case "demand": {
      const { id, claim } = action.claim;
      const data = interfaces.anchorCourt.encodeFunctionData("demand", [claim, challenger]);
      return {
        to: contracts.anchorCourt,
        data,
        deadline: action.deadline,
        label: "demand",
        key: `demand:${id}`,
      };
    }
    case "openGame":
    case "point":
    case "timeoutGame":
    case "settleGame":
      return gameTransaction(action, manifest, challenger);
    case "timeout":
    case "settle": {
      const { id, claim } = action.claim;
      const data = interfaces.anchorCourt.encodeFunctionData(action.kind, [claim, challenger]);
      return { to: contracts.anchorCourt, data, label: action.kind, key: `${action.kind}:${id}` };
    }
    case "disproveAccount":
    case "disproveKey":
      return disproof(action, manifest);
    case "finalize": {
      const { id, claim } = action.claim;
      const data = interfaces.stateSync.encodeFunctionData("finalize", [claim]);
      return { to: contracts.stateSync, data, label: "finalize", key: `finalize:${id}` };
    }
  }
}

function disproof(
  action: Extract<Action, { kind: "disproveAccount" | "disproveKey" }>,
  { contracts }: Manifest,
): SendRequest {
  switch (action.kind) {
    case "disproveAccount": {
      const { id, update } = action.update;
      const data = interfaces.deltaCourt.encodeFunctionData("disproveAccount", [update, action.proof]);
      return {
        to: contracts.deltaCourt,
        data,
        deadline: action.deadline,
        label: action.kind,
        key: `disprove:${id}`,
      };
    }
    case "disproveKey": {
      const { id, update } = action.update;
      const { key, oldProof, newProof, said } = action.proof;
      const data = interfaces.deltaCourt.encodeFunctionData("disproveKey", [
        update,
        key,
        oldProof,
        newProof,
        said,
      ]);
      return {
        to: contracts.deltaCourt,
        data,
        deadline: action.deadline,
        label: action.kind,
        key: `disprove:${id}`,
      };
    }
  }
}

type GameAction = Extract<Action, { kind: "openGame" | "point" | "timeoutGame" | "settleGame" }>;

function gameTransaction(action: GameAction, manifest: Manifest, challenger: string): SendRequest {
  switch (action.kind) {
    case "openGame": {
      const { claim, parent, deadline } = action;
      const game = { claim: claim.claim, challenger, nonce: 0n };
      const call = openCall(manifest, game, parent.claim);
      return { ...call, deadline, label: "open game", key: `openGame:${claim.id}` };
    }
    case "point": {
      const { game, claim, move, deadline } = action;
      const call = moveCall(manifest, game, claim.claim, move);
      return { ...call, deadline, label: "point", key: `point:${game.id}:${game.moves.length}` };
    }
    case "timeoutGame":
    case "settleGame": {
      const { game, claim, kind } = action;
      const how = kind === "timeoutGame" ? "timeout" : "settle";
      const call = endCall(manifest, nameOf(game, claim.claim), how);
      return { ...call, label: `${how} game`, key: `${kind}:${game.id}` };
    }
  }
}

function report(logger: Logger, { label, key }: SendRequest, outcome: SendOutcome): void {
  switch (outcome.kind) {
    case "confirmed": {
      const { transactionHash, gasUsed, blockNumber } = outcome.receipt;
      logger.info({ action: label, key, transactionHash, gasUsed, blockNumber }, "action confirmed");
      return;
    }
    case "reverted":
      // Another challenger may have been first; the next look at B tells.
      logger.info(
        { action: label, key, revert: describeRevert(outcome.revert) },
        "action no longer possible",
      );
      return;
    case "displaced":
      logger.warn({ action: label, key, nonce: outcome.nonce }, "nonce used by another instance");
      return;
    case "dryRun":
      logger.info({ action: label, key, gasLimit: outcome.gasLimit }, "action withheld by dry run");
  }
}
