/**
 * What makes a run the same run.
 *
 * @module
 */
import { Data } from "effect";
import { describeDifferences, type Difference } from "../schema/mod.ts";

/** The run directory holds a run of another configuration. */
export class ConfigurationChanged extends Data.TaggedError("ConfigurationChanged")<{
  readonly directory: string;
  readonly differences: readonly Difference[];
}> {
  /** A line that says what could not be done, and one for each difference. */
  override get message(): string {
    return [
      `Cannot continue the run in '${this.directory}' as its configuration differs ` +
      "(give the recorded options, or another directory):",
      ...describeDifferences(this.differences, "in the run").map((line) => `  ${line}`),
    ].join("\n");
  }
}
