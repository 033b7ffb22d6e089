/**
 * What finished runs say of every example under every prompt, as columns: verdicts, answers and costs of arms, scores of triggers. Several
 * runs of the same prompts and examples are read as one.
 *
 * @module
 */
import {
  affectedRatio,
  beta,
  Corruption,
  lateFlow,
  lateFlowMaximum,
  NO_TOKENS,
} from "../../lib/dpc/mod.ts";
import type { Loss } from "../../lib/model/mod.ts";
import type { ArmSample, Sample } from "../../lib/results/mod.ts";

/** One value for each example under each prompt, [prompts][examples]. */
export type Table<A> = readonly (readonly A[])[];

/** What of an arm's answer counts here. */
export type ArmCell = Pick<ArmSample, "correct" | "answer" | "tokens"> & {
  readonly positions: readonly number[];
};

/** The columns. */
export interface Evidence {
  readonly prompts: readonly string[];
  readonly examples: readonly string[];
  /** Vectors of a prompt; 0 where no flow was measured. */
  readonly virtualTokens: number;
  /** By arm: those that every example has under every prompt. */
  readonly arms: Readonly<Record<string, Table<ArmCell>>>;
  /** By trigger: higher where the first answer is more likely wrong. */
  readonly scores: Readonly<Record<string, Table<number>>>;
  /** Shares of the flow from each position, over the shallow layers, all, and the deep ones, [3 n]; absent where it was not recorded. */
  readonly shares?: Table<readonly number[]>;
}

/** What a grid writes after the name of a corruption with the default options. */
const DEFAULT_OPTIONS = new RegExp(
  `( k=${Corruption.DEFAULTS.k})? gamma=${Corruption.DEFAULTS.gamma}$`,
);

type Flow = NonNullable<Sample["flow"]>;

/** What is kept of a sample. */
interface Cell {
  readonly arms: Map<string, ArmCell>;
  readonly scores: Map<string, number>;
  /** With s_t by the sum of the loss. */
  flow: Pick<Flow, "tokens" | "accumulation" | "positions"> | null;
  lowest: number;
  mean: number;
}

/** Takes in the samples of runs. */
export class EvidenceCollector {
  readonly #cells = new Map<string, Map<string, Cell>>();

  /** Takes one sample in, of any run, and the loss of its flow. */
  add({ prompt, example, arms, flow }: Sample, loss: Loss): void {
    const row = this.#cells.get(prompt) ?? new Map<string, Cell>();
    this.#cells.set(prompt, row);
    const cell = row.get(example) ??
      { arms: new Map(), scores: new Map(), flow: null, lowest: NO_TOKENS, mean: NO_TOKENS };
    row.set(example, cell);
    for (const [full, arm] of Object.entries(arms)) {
      const name = full.replace(DEFAULT_OPTIONS, "");
      const { correct, answer, tokens, trigger, corruptions } = arm;
      const positions = corruptions.flatMap((each) => each.positions);
      cell.arms.set(name, { correct, answer, tokens, positions });
      if (trigger !== null) cell.scores.set(trigger.name, trigger.score);
    }
    if (arms["pt"] !== undefined) {
      cell.lowest = arms["pt"].lowest ?? NO_TOKENS;
      cell.mean = arms["pt"].mean ?? NO_TOKENS;
    }
    if (flow === null) return;
    const { tokens, accumulation, positions } = flow;
    cell.flow = {
      tokens: loss === "sum" ? tokens : tokens.map((s) => tokens.length * s),
      accumulation,
      ...(positions === undefined ? {} : { positions }),
    };
  }

  /** The columns of the examples that are there under every prompt. */
  finish(): Evidence {
    const prompts = [...this.#cells.keys()];
    const rows = [...this.#cells.values()];
    const examples = [...rows[0]?.keys() ?? []]
      .filter((example) => rows.every((row) => row.get(example)?.arms.has("pt")));
    const cells = rows.map((row) => examples.map((example) => row.get(example)!));
    const common = (of: (cell: Cell) => ReadonlyMap<string, unknown>) =>
      [...new Set(cells.flat().flatMap((cell) => [...of(cell).keys()]))]
        .filter((name) => cells.every((row) => row.every((cell) => of(cell).has(name))));
    const arms = Object.fromEntries(
      common(({ arms }) => arms).map((name) => [name, map(cells, ({ arms }) => arms.get(name)!)]),
    );
    const known = derived(cells, arms);
    const constant = new Set(["always", "never", "sameRate"]);
    const recorded = Object.fromEntries(
      common(({ scores }) => scores)
        .filter((name) => !constant.has(name) && !name.startsWith("random("))
        .filter((name) => !(`${name} (sum)` in known))
        .map((name) => [name, map(cells, ({ scores }) => scores.get(name)!)]),
    );
    const shares = cells.every((row) => row.every(({ flow }) => flow?.positions !== undefined))
      ? map(cells, ({ flow }) => sharesOf(flow!.positions!))
      : undefined;
    return {
      prompts,
      examples,
      virtualTokens: cells[0]?.[0]?.flow?.accumulation.length ?? 0,
      arms,
      scores: { ...known, ...recorded },
      ...(shares === undefined ? {} : { shares }),
    };
  }
}

/** A table of what is made of each cell. */
export const map = <A, B>(table: Table<A>, of: (value: A) => B): Table<B> =>
  table.map((row) => row.map(of));

/** Scores that the answers and flows of any run give, whatever arms it had. */
function derived(
  cells: Table<Cell>,
  arms: Evidence["arms"],
): Record<string, Table<number>> {
  const scores: Record<string, Table<number>> = {
    length: map(cells, ({ arms }) => arms.get("pt")!.tokens),
    lowestConfidence: map(cells, ({ lowest }) => -lowest),
    meanConfidence: map(cells, ({ mean }) => -mean),
  };
  const differing = (other: string) =>
    map(cells, ({ arms }) => Number(arms.get(other)!.answer !== arms.get("pt")!.answer));
  if (arms["base"] !== undefined) scores["disagreementBase"] = differing("base");
  const corrected = ["untriggered", "always/accumulated"].find((name) => name in arms);
  if (corrected !== undefined) scores["disagreement"] = differing(corrected);
  if (!cells.every((row) => row.every(({ flow }) => flow !== null))) return scores;
  return {
    ...scores,
    ...lossScores(cells),
    accumulationShare: map(cells, ({ flow }) => shareOf(flow!.accumulation)),
  };
}

/**
 * The triggers on s_t under either loss: the sum is T times the mean. The beta of a prompt is that of all its examples, which reads no
 * verdict.
 */
function lossScores(cells: Table<Cell>): Record<string, Table<number>> {
  return Object.fromEntries((["sum", "mean"] as const).flatMap((loss) => {
    const flows = map(cells, ({ flow }) => {
      const { tokens } = flow!;
      return loss === "sum" ? tokens : tokens.map((s) => s / tokens.length);
    });
    const ratios = flows.map((row) => {
      const own = beta(row);
      return row.map((flow) => affectedRatio(flow, own));
    });
    return [
      [`affectedRatio (${loss})`, ratios],
      [`lateFlow (${loss})`, map(flows, lateFlow)],
      [`lateFlowMaximum (${loss})`, map(flows, lateFlowMaximum)],
    ];
  }));
}

/** a(j*) / sum of a; 1/n where nothing flows. */
function shareOf(perPosition: readonly number[]): number {
  const total = perPosition.reduce((sum, a) => sum + a, 0);
  return total > 0 ? Math.max(...perPosition) / total : 1 / perPosition.length;
}

/** Shares of each position over the shallow half of the layers, over all, and over the deep half; [3 n]. */
function sharesOf(positions: readonly (readonly number[])[]): readonly number[] {
  const half = Math.max(1, Math.floor(positions.length / 2));
  return [positions.slice(0, half), positions, positions.slice(half)].flatMap((layers) => {
    const sums = positions[0]!.map((_, j) => layers.reduce((sum, row) => sum + row[j]!, 0));
    const total = sums.reduce((sum, a) => sum + a, 0);
    return sums.map((a) => total > 0 ? a / total : 1 / sums.length);
  });
}
