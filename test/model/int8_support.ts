/**
 * Whether this processor computes with 8-bit numbers, without which suites leave int8 out.
 *
 * @module
 */
import { Effect } from "effect";
import { multipliesExactly } from "../../lib/model/weights/int8.ts";

/** What {@linkcode multipliesExactly} finds here. */
export const canInt8: boolean = await Effect.runPromise(multipliesExactly);

if (!canInt8) console.log("skipped: int8, as this processor's 8-bit products overflow");
