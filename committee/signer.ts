import {
  createAttestation,
  signAttestation,
  type AnchorIdentity,
  type Attestation,
  type TypedDataSigner,
} from "../shared/protocol/attestation.js";
import { SignerError } from "./errors.js";
import type { SignedBlocks } from "./signedBlocks.js";

/** A member's own view of A. It must not be anybody else's node. */
export interface SourceView {
  /** The newest block that the node calls final. */
  finalizedHead(): Promise<{ number: bigint; hash: string }>;
  headerByNumber(number: bigint): Promise<{ number: bigint; hash: string }>;
}

/** What a member says, ready for evidence. */
export interface SignedAttestation extends Attestation {
  readonly signer: string;
  /** 65 bytes. */
  readonly signature: string;
}

export interface SignerOptions {
  readonly identity: AnchorIdentity;
  readonly sourceChainId: bigint;
  /** How long an attestation is valid if the asker does not say. */
  readonly lifetimeSeconds: bigint;
  /** The longest the anchor accepts. */
  readonly maxLifetimeSeconds: bigint;
}

export interface SignerModules {
  readonly wallet: TypedDataSigner & { readonly address: string };
  readonly source: SourceView;
  readonly signedBlocks: SignedBlocks;
  /** B's block timestamp: the clock on which evidence expires. */
  readonly destinationTime: () => Promise<bigint>;
}

export interface Signer {
  readonly address: string;
  /**
   * Signs the block at a height if the member's node calls it final. All signatures in one piece of evidence must
   * name the same `validUntil`, so whoever collects them chooses it.
   * @throws SignerError; RpcError or SourceError if a node cannot be asked: then nothing is known.
   */
  attest(number: bigint, validUntil?: bigint): Promise<SignedAttestation>;
}

/** Creates a member's signer: final on its own node, never two hashes for one number, never longer than allowed. */
export function createSigner(options: SignerOptions, modules: SignerModules): Signer {
  const { wallet, source, signedBlocks } = modules;

  async function lifetimeEnd(wanted: bigint | undefined): Promise<bigint> {
    const now = await modules.destinationTime();
    const validUntil = wanted ?? now + options.lifetimeSeconds;
    if (validUntil > now && validUntil <= now + options.maxLifetimeSeconds) return validUntil;
    throw new SignerError("LifetimeOutOfRange", `validUntil must be after ${now} and not far ahead`, {
      validUntil,
      now,
      maxLifetimeSeconds: options.maxLifetimeSeconds,
    });
  }

  async function finalHash(number: bigint): Promise<string> {
    const head = await source.finalizedHead();
    if (number > head.number) {
      throw new SignerError(
        "NotFinal",
        `block ${number} is not final, the last final one is ${head.number}`,
        {
          number,
          finalized: head.number,
        },
      );
    }
    return number === head.number ? head.hash : (await source.headerByNumber(number)).hash;
  }

  return {
    address: wallet.address,
    async attest(number, wanted) {
      const validUntil = await lifetimeEnd(wanted);
      const blockHash = await finalHash(number);
      const attestation = createAttestation({
        sourceChainId: options.sourceChainId,
        number,
        blockHash,
        validUntil,
      });
      // On disk before the signature exists: after a crash in between the member has promised, not equivocated.
      await signedBlocks.commit(options.sourceChainId, number, attestation.blockHash);
      const signature = await signAttestation(wallet, options.identity, attestation);
      return { ...attestation, signer: wallet.address, signature };
    },
  };
}
