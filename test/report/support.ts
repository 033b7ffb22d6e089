/**
 * Run directories for the report's tests, written as an evaluation writes them.
 *
 * @module
 */
import { FileSystem, Path } from "@effect/platform";
import { Effect } from "effect";
import { type ArmSample, type Sample, summarise } from "../../lib/results/mod.ts";
import { toCheckedLine } from "../../lib/run/checked_line.ts";

/** What text from a dataset or a model may try. */
export const HOSTILE = [
  "<script>document.title = 'owned'</script>",
  "</script><script>document.title = 'owned'</script>",
  "<img src=x onerror=\"document.title = 'owned'\">",
  "'\"><svg onload=document.title='owned'>",
  "<!-- <script>",
  "]]> &lt;b&gt; \u2028 \u2029 \ud800 \u202e",
].join("\n");

/** An arm's part of a sample. */
export function arm(correct: boolean, more: Partial<ArmSample> = {}): ArmSample {
  return {
    text: `1+1=${correct ? 2 : 3}\n#### ${correct ? 2 : 3}`,
    answer: correct ? "2" : "3",
    rule: "####",
    correct,
    strict: correct,
    verdict: correct ? "correct" : "wrong",
    finish: "eos",
    tokens: 9,
    lowest: -0.5,
    mean: -0.1,
    trigger: null,
    first: null,
    corruptions: [],
    milliseconds: 12,
    ...more,
  };
}

/** An arm that was corrected. */
export function corrected(correct: boolean, score: number): ArmSample {
  const { text } = arm(correct);
  return arm(correct, {
    trigger: { name: "lateFlow", score, fired: true },
    first: arm(false).text,
    corruptions: [{ name: "accumulated", positions: [1], text }],
  });
}

/** The sample of a line: every third first answer is wrong and corrected by dpc, every sixth in vain. */
export function sample(line: number, more: Partial<Sample> = {}): Sample {
  const right = line % 3 !== 0;
  const score = ((right ? 100 : 300) + line % 7) / 1000;
  return {
    id: `made-${line}@seed0`,
    example: `made-${line}`,
    prompt: "seed0",
    question: `What is 1 + 1, for the ${line}th time?`,
    gold: "2",
    strata: { kind: line % 2 === 0 ? "clean" : "distracting" },
    promptText: "",
    arms: {
      base: arm(true),
      pt: arm(right),
      dpc: right
        ? arm(true, { trigger: { name: "lateFlow", score, fired: false } })
        : corrected(line % 6 === 0, score),
    },
    flow: {
      pq: [1e-5 * (line % 5), 2e-5],
      pr: [1e-5, 2e-5],
      qr: [1e-4, 2e-4],
      rr: [1e-3, 2e-3],
      accumulation: [0.1, right ? 0.2 : 0.9, 0.15],
      tokens: [1e-5, 2e-5, 3e-5, right ? 0 : 9e-5],
      positions: [[1e-5, right ? 1e-5 : 3e-5, 1e-5], [2e-5, 2e-5, 4e-5]],
    },
    ...more,
  };
}

/** Samples of the lines 1 to n. */
export const samples = (n: number): readonly Sample[] =>
  Array.from({ length: n }, (_, i) => sample(i + 1));

/** Records as samples.jsonl has them. */
export const linesOf = (records: readonly object[]): string =>
  records.map((record) => new TextDecoder().decode(toCheckedLine(record))).join("");

/** Writes a finished run; gives its directory. */
export function writeRun(rows: readonly Sample[], config: object = {}) {
  return Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem;
    const path = yield* Path.Path;
    const directory = yield* fs.makeTempDirectoryScoped();
    const write = (name: string, text: string) =>
      fs.writeFileString(path.join(directory, name), text);
    const sessions = [{ time: "2026-01-02T03:04:05.678Z", command: "dpc evaluate", cores: 2 }];
    const run = { format: 2, config: { task: "made", hostile: HOSTILE, ...config }, sessions };
    yield* write("run.json", JSON.stringify(run));
    yield* write("samples.jsonl", linesOf(rows));
    yield* write("results.json", JSON.stringify(summarise("made", rows)));
    return directory;
  });
}
