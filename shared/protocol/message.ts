/** Messages from A to B and their ids. The contract's pictures of both: `contracts/types/Message.sol`. */
import { AbiCoder, getAddress, id as hashText, keccak256 } from "ethers";

/** The way of messages in one direction: from an Outbox on A to its Inbox on B. */
export interface Channel {
  readonly sourceChainId: bigint;
  readonly outbox: string;
  readonly destinationChainId: bigint;
  readonly inbox: string;
}

export interface Message {
  /** How many messages were sent before it: the index of its leaf in the Outbox's tree. */
  readonly nonce: bigint;
  /** On A. Checksummed. */
  readonly sender: string;
  /** On B. Checksummed. */
  readonly receiver: string;
  /** Gas the receiver gets, no less whoever delivers. */
  readonly gasLimit: bigint;
  /** Last second of B's clock in which it may be delivered or retried; `NEVER` if there is none. */
  readonly expiry: bigint;
  /** Hex. */
  readonly payload: string;
}

/** The members of the Solidity enum, in its order. */
export const MESSAGE_STATUSES = ["None", "Failed", "Delivered", "Expired"] as const;
export type MessageStatus = (typeof MESSAGE_STATUSES)[number];

/** The members of the Solidity enum, in its order. */
export const FAILURES = ["NoCode", "Reverted", "NotAccepted"] as const;
export type Failure = (typeof FAILURES)[number];

export const MESSAGE_DOMAIN = hashText("optisync message 1");
/** Slot of the Outbox that holds the root of its tree. */
export const OUTBOX_ROOT_SLOT = 0n;
export const NEVER = 2n ** 64n - 1n;
/** Bytes. */
export const MAX_PAYLOAD = 32 * 1024;
export const MAX_GAS_LIMIT = 10_000_000n;

/** The hash that stands for the channel in the ids of its messages. */
export function channelId({ sourceChainId, outbox, destinationChainId, inbox }: Channel): string {
  return keccak256(
    AbiCoder.defaultAbiCoder().encode(
      ["bytes32", "uint256", "address", "uint256", "address"],
      [MESSAGE_DOMAIN, sourceChainId, outbox, destinationChainId, inbox],
    ),
  );
}

/** The id of a message of the channel with this id: its leaf in the tree. */
export function messageId(channel: string, message: Message): string {
  const { nonce, sender, receiver, gasLimit, expiry, payload } = message;
  return keccak256(
    AbiCoder.defaultAbiCoder().encode(
      ["bytes32", "uint32", "address", "address", "uint64", "uint64", "bytes32"],
      [channel, nonce, sender, receiver, gasLimit, expiry, keccak256(payload)],
    ),
  );
}

/** The message that an event `MessageSent` tells of. Its id is not taken from there: whoever needs it computes it. */
export function messageOf(args: Readonly<Record<string, unknown>>): Message {
  return {
    nonce: args["nonce"] as bigint,
    sender: getAddress(args["sender"] as string),
    receiver: getAddress(args["receiver"] as string),
    gasLimit: args["gasLimit"] as bigint,
    expiry: args["expiry"] as bigint,
    payload: args["payload"] as string,
  };
}

export function isExpired({ expiry }: Message, timestamp: bigint): boolean {
  return expiry !== NEVER && timestamp > expiry;
}
