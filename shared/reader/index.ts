/**
 * For dapps: reads source chain A as destination chain B knows it. Start with `createReader`.
 */
export {
  createReader,
  type Question,
  type Reader,
  type ReaderOptions,
  type SourceStateProof,
} from "./createReader.js";
export { ReaderError, type ReaderErrorCode } from "./errors.js";
export type { FeedQuestion, FeedReader, FeedReading, ViewQuestion } from "./feedReader.js";
export {
  finality,
  riskOf,
  type Aged,
  type Attested,
  type Final,
  type Finality,
  type RiskOf,
} from "./finality.js";
export type { ProvenSlot, StateProof } from "./proveState.js";
export type { Reading, Root, StateRequest } from "./readSlot.js";
export type { SlotFeedProof, SlotFeedReader } from "./slotFeeds.js";
export { parseLayout, variableOf, type StorageLayout } from "./storage/compilerLayout.js";
export { locate, type PathStep } from "./storage/locate.js";
export { parseType } from "./storage/parseType.js";
export type { StoredValue } from "./storage/readStored.js";
export { LayoutError, type LayoutErrorCode, type Place, type StorageType } from "./storage/storageType.js";
export { placeOf, type Variable } from "./variable.js";
export type { FinalityProgress, WaitOptions } from "./waitForFinal.js";
export { parseManifest, readManifest, type Manifest } from "../chain/manifest.js";
export type { Claim } from "../protocol/claim.js";
export { isOptisyncError, OptisyncError, type ErrorAction } from "../runtime/errors.js";
