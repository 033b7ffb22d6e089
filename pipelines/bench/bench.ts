/**
 * `dpc bench`: measures this project beside PyTorch on the same weights, inputs and threads, and its own ways of working beside each
 * other. Runs alternate; medians and their ratio are printed and, as JSON, written.
 *
 * @module
 */
import { Console, Effect } from "effect";
import { availableParallelism, cpus } from "node:os";
import * as Limits from "./limits.ts";
import { type Measure, startPeer } from "./peer.ts";
import type { BenchOptions } from "./row.ts";
import { EMBEDDED_ROWS, MODEL_ROWS, ROWS } from "./rows.ts";
import { program } from "../cli/command.ts";
import * as Option from "../cli/options.ts";
import { oneOf } from "../../lib/registry/mod.ts";
import { Table } from "../../lib/terminal/mod.ts";
import { writeJson } from "../../lib/schema/files.ts";

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

type Peer = Effect.Effect.Success<ReturnType<typeof startPeer>>;

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
export const command = program({
  name: "bench",
  about: "Measures this project beside PyTorch, and its own ways of working beside each other.",
  examples: {
    "All rows on the embedded model": "npx dpc bench",
    "Decoding on a GPU": "npx dpc bench --model MODEL --device webgpu --rows decode1,decode8",
    "Decoding beside PyTorch":
      "npx dpc bench --model MODEL --python venv/bin/python --rows decode1,decode8",
  },
  options: {
    model: Option.model,
    rows: Option.list(
      `Rows, separated by commas: ${
        Object.keys(EMBEDDED_ROWS).join(", ")
      } of the embedded model, and ${
        Object.keys(MODEL_ROWS).join(", ")
      } of --model; all of those by default`,
    ),
    python: Option.file(
      "Python with torch, transformers and peft; without, rows against PyTorch have no ratio",
    ),
    threads: Option.integer("Threads of this project and of PyTorch", availableParallelism()),
    device: Option.device,
    repeat: Option.integer("Runs of each, after one to warm up", 3),
    tokens: Option.integer("Tokens that the rows of decoding generate", 128),
    problems: Option.integer("Problems of a whole job", 200),
    out: Option.file("File of the results", "bench.json"),
  },
}, function* ({ rows, python, repeat, out, device: wanted, ...rest }) {
  const { model, threads } = rest;
  const given = { ...rest, device: yield* Option.deviceOf(wanted) };
  const names = rows ?? Object.keys(model === Option.EMBEDDED_MODEL ? EMBEDDED_ROWS : ROWS);
  for (const name of names) yield* oneOf("row", name, Object.keys(ROWS));
  const peer = python === undefined ? undefined : yield* startPeer(python, threads);
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
    bytesRead: yield* Limits.readRate(threads),
    operations: yield* Limits.multiplyRate(threads),
  };
  yield* writeJson(out, { ...rest, device: given.device.name, repeat, machine, results });
  const [read, operations] = [giga(machine.bytesRead), giga(machine.operations)];
  yield* Console.log(
    `${tableOf(results)}\n\n` +
      `Milliseconds for each token or text, and MiB of memory; medians of ${repeat}.\n` +
      `This machine reads ${read} GB and makes ${operations} billion float32 operations in a second, ` +
      `with ${threads} threads.\n` +
      `Results: ${out}`,
  );
});

/** Shown beside a ratio. */
const reached = ({ ratio, target }: Result): string =>
  ratio === null ? "" : ratio >= target ? "yes" : "no";

function tableOf(results: readonly Result[]): string {
  return Table.render(
    ["work", ...["this", "other", "ratio", "at least"].map(Table.right), "reached"],
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
