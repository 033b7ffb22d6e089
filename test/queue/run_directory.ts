/**
 * What a run directory holds while programs work on it.
 *
 * @module
 */
import { existsSync, readFileSync } from "node:fs";
import { Effect } from "effect";

/** Ends when something holds; looks often. */
export const until = (holds: () => boolean): Effect.Effect<void> =>
  Effect.repeat(Effect.sleep(20), { until: () => holds() }).pipe(Effect.asVoid);

/** What a run directory holds, without times. */
export function resultOf(
  directory: string,
): { readonly samples: string; readonly results: string } {
  const read = (name: string) => readFileSync(`${directory}/${name}`, "utf8");
  return {
    samples: read("samples.jsonl").replace(/"milliseconds":\d+/g, '"milliseconds":0'),
    results: read("results.json"),
  };
}

/** Examples that a run directory has. */
export function recorded(directory: string): number {
  const file = `${directory}/samples.jsonl`;
  return existsSync(file) ? readFileSync(file, "utf8").split("\n").length - 1 : 0;
}
