/**
 * A worker for quiet_child.ts: its sessions add.
 *
 * @module
 */
import { Effect } from "effect";
import { serve } from "../../lib/runtime/mod.ts";
import { sum } from "./sum.ts";

serve(() => Effect.succeed(sum));
