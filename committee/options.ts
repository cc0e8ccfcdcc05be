import { z } from "zod";
import type { OptionDefinitions } from "../shared/runtime/options.js";
import { address, count, path } from "../shared/runtime/quantities.js";
import { destinationRpc, finalityDepth, sourceRpc, walletOptions } from "../shared/runtime/sharedOptions.js";

/** Options of `optisync committee run`. */
export const memberOptions = {
  sourceRpc,
  destinationRpc,
  anchor: { describe: "address of the CommitteeAnchor on B", schema: address, example: "ADDRESS" },
  ...walletOptions,
  memberDir: {
    describe: "folder for the record of what was signed; never delete it while the key is in the committee",
    schema: path.default(".optisync/committee"),
    defaultText: ".optisync/committee",
    example: "FOLDER",
  },
  finalityDepth,
  host: {
    describe: "address to serve on",
    schema: z.string().min(1).default("127.0.0.1"),
    defaultText: "127.0.0.1",
  },
  port: {
    describe: "port to serve on, 0 for any free one",
    schema: count(0, 65_535).default(8650),
    defaultText: "8650",
    example: "PORT",
  },
} as const satisfies OptionDefinitions;
