// Starts a worker thread from the TypeScript sources: threads do not have what the main thread registered to load them.
import { register } from "tsx/esm/api";

register();
await import("./executionWorker.ts");
