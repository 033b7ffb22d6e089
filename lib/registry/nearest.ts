/**
 * The known name that a mistyped one most likely stands for.
 *
 * @module
 */
import { levensteinDistance } from "@effect/cli/AutoCorrect";
import { defaultConfig } from "@effect/cli/CliConfig";

/** The known name that is fewest edits away, whatever its case; none where even that one is another word. */
export function nearest(name: string, known: readonly string[]): string | undefined {
  // a third of the letters wrong is a slip, but replacing all of them is not
  const limit = Math.min(Math.max(2, Math.floor(name.length / 3)), name.length - 1);
  const [best] = known
    .map((each) => ({ each, edits: levensteinDistance(name, each, defaultConfig) }))
    .filter(({ edits }) => edits <= limit)
    .sort((a, b) => a.edits - b.edits);
  return best?.each;
}
