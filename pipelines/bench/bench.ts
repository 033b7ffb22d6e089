/**
 * `dpc bench`: measures this project beside PyTorch on the same weights, inputs and threads, and its own ways of working beside each
 * other. Runs alternate; medians and their ratio are printed and, as JSON, written.
 *
 * @module
 */
import { Command, Options } from "@effect/cli";
import { Console, Effect, Option } from "effect";
import { availableParallelism, cpus } from "node:os";
import * as Limits from "./limits.ts";
import { type PeerError, type PeerRequest, startPeer } from "./peer.ts";
import type { BenchOptions } from "./row.ts";
import type { Measure } from "./peer.ts";
import { EMBEDDED_ROWS, MODEL_ROWS, ROWS } from "./rows.ts";
import * as Shared from "../cli/options.ts";
import * as Output from "../cli/output.ts";
import { oneOf } from "../../lib/registry/mod.ts";
import { Table } from "../../lib/terminal/mod.ts";
import { writeJson } from "../../lib/schema/files.ts";

const options = {
  model: Shared.model,
  rows: Shared.list("rows").pipe(
    Options.optional,
    Options.withDescription(
      `Rows, separated by commas: ${
        Object.keys(EMBEDDED_ROWS).join(", ")
      } of the embedded model, and ${
        Object.keys(MODEL_ROWS).join(", ")
      } of --model; all of those by default`,
    ),
  ),
  python: Options.file("python").pipe(
    Options.optional,
    Options.withDescription(
      "Python with torch, transformers and peft; without, rows against PyTorch have no ratio",
    ),
  ),
  threads: Options.integer("threads").pipe(
    Options.withDefault(availableParallelism()),
    Options.withDescription("Threads of this project and of PyTorch"),
  ),
  repeat: Options.integer("repeat").pipe(
    Options.withDefault(3),
    Options.withDescription("Runs of each, after one to warm up"),
  ),
  tokens: Options.integer("tokens").pipe(
    Options.withDefault(128),
    Options.withDescription("Tokens that the rows of decoding generate"),
  ),
  problems: Options.integer("problems").pipe(
    Options.withDefault(200),
    Options.withDescription("Problems of a whole job"),
  ),
  out: Options.file("out").pipe(
    Options.withDefault("bench.json"),
    Options.withDescription("File of the results"),
  ),
};

/** What a row came to; seconds or bytes for one token or text. */
interface Result {
  readonly row: string;
  readonly unit: "ms" | "MiB";
  readonly ours: number;
  readonly other: number | null;
  /** Above 1 this project is the faster. */
  readonly ratio: number | null;
  readonly target: number;
}

type Peer = (request: PeerRequest) => Effect.Effect<Measure, PeerError>;

const each = ({ amount, count }: Measure): number => amount / Math.max(1, count);

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)]!;
}

function measure(name: string, repeat: number, peer: Peer | undefined, given: BenchOptions) {
  return Effect.scoped(Effect.gen(function* () {
    const row = ROWS[name]!;
    const { ours, against } = yield* row.prepare(given);
    const other = Effect.isEffect(against) ? against : peer?.(against);
    const amounts = { ours: [] as number[], other: [] as number[] };
    for (let run = 0; run <= repeat; run++) {
      const own = each(yield* ours);
      const others = other && each(yield* other);
      // the first run compiles and fills caches
      if (run === 0) continue;
      amounts.ours.push(own);
      if (others !== undefined) amounts.other.push(others);
    }
    const own = median(amounts.ours);
    const others = amounts.other.length > 0 ? median(amounts.other) : null;
    const ratio = others && others / own;
    const { title, unit = "ms", target } = row;
    return { row: title, unit, ours: own, other: others, ratio, target } satisfies Result;
  }));
}

/** The command. */
export const command = Command.make(
  "bench",
  options,
  ({ rows, python, repeat, out, ...given }) =>
    Effect.scoped(Effect.gen(function* () {
      const names = Option.getOrElse(
        rows,
        () => Object.keys(given.model === Shared.EMBEDDED_MODEL ? EMBEDDED_ROWS : ROWS),
      );
      for (const name of names) yield* oneOf("row", name, Object.keys(ROWS));
      const peer = Option.isNone(python)
        ? undefined
        : yield* startPeer(python.value, given.threads);
      const results = yield* Effect.forEach(names, (name) =>
        Effect.tap(
          measure(name, repeat, peer, given),
          (result) =>
            Console.error(
              `${result.row}: ${shown(result, result.ours)} ${result.unit}, ` +
                `ratio ${result.ratio?.toFixed(2) ?? "-"}`,
            ),
        ));
      const machine = {
        cpu: cpus()[0]?.model ?? "unknown",
        bytesRead: yield* Limits.readRate(given.threads),
        operations: yield* Limits.multiplyRate(given.threads),
      };
      yield* writeJson(out, { ...given, repeat, machine, results });
      yield* Console.log(
        `${
          tableOf(results)
        }\n\nMilliseconds for each token or text, and MiB of memory; medians of ${repeat}.\n` +
          `This machine reads ${giga(machine.bytesRead)} GB and makes ${
            giga(machine.operations)
          } billion float32 operations in a second, with ${given.threads} threads.\n` +
          `Results: ${out}`,
      );
    })),
).pipe(Command.withDescription(Output.describe(
  "Measures this project beside PyTorch, and its own ways of working beside each other.",
  [
    ["All rows on the embedded model", "npx dpc bench"],
    [
      "Decoding beside PyTorch",
      "npx dpc bench --model MODEL --python venv/bin/python --rows decode1,decode8",
    ],
  ],
)));

/** Shown beside a ratio. */
const reached = ({ ratio, target }: Result): string =>
  ratio === null ? "" : ratio >= target ? "yes" : "no";

function tableOf(results: readonly Result[]): string {
  const right = (title: string) => ({ title, align: "right" as const });
  return Table.render(
    [{ title: "work" }, right("this"), right("other"), right("ratio"), right("at least"), {
      title: "reached",
    }],
    results.map((result) => [
      result.row,
      shown(result, result.ours),
      result.other && shown(result, result.other),
      result.ratio && result.ratio.toFixed(2),
      result.target.toFixed(2),
      reached(result),
    ]),
  );
}

const giga = (perSecond: number): string => (perSecond / 1e9).toFixed(0);

/** Milliseconds, or MiB. */
const shown = ({ unit }: Result, amount: number): string =>
  unit === "ms" ? (1000 * amount).toFixed(2) : (amount / 2 ** 20).toFixed(0);
