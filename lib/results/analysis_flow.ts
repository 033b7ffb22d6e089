/**
 * Information flow of right and of wrong answers: over layers, virtual tokens and the steps of the rationale.
 *
 * @module
 */
import type { Sample } from "./sample.ts";
import { addCurve, type MeanInterval, meanInterval, type Moments } from "../statistics/mod.ts";

/** What a sample holds of its flow. */
type Flow = NonNullable<Sample["flow"]>;

/**
 * The flow of a group of answers; each curve has means with intervals. They take answers as independent, but for those drawn one after the
 * other to one question under one prompt, which count as one: their mean.
 */
export interface FlowGroup {
  /** Answers. */
  readonly n: number;
  /** From prompt to question, S_pq of each layer. */
  readonly pq: readonly MeanInterval[];
  /** From prompt to rationale, S_pr of each layer. */
  readonly pr: readonly MeanInterval[];
  /** From question to rationale, S_qr of each layer. */
  readonly qr: readonly MeanInterval[];
  /** From earlier to later rationale tokens, S_rr of each layer. */
  readonly rr: readonly MeanInterval[];
  /** a(j) / sum of a(j) for each virtual token; 1/n each would be no accumulation. */
  readonly share: readonly MeanInterval[];
  /** Mean flow from each virtual token in each layer, [layers][n]; empty where the samples do not hold it. */
  readonly positions: readonly (readonly number[])[];
  /** Answers whose flow accumulates most at each virtual token, over the shallow half of the layers. */
  readonly chosen: readonly number[];
  /** s_t in each tenth of the rationale. */
  readonly tenths: readonly MeanInterval[];
  /** s_t in each step: each line of the rationale that is not blank; empty where the samples do not say where tokens begin. */
  readonly steps: readonly MeanInterval[];
  /** The same curves but `share` as means of natural logarithms, zeros left out: answers differ by orders of magnitude. */
  readonly logs: Readonly<Record<LogCurve, readonly MeanInterval[]>>;
}

/** Curves of saliencies, which are positive and without a bound. */
export type LogCurve = "pq" | "pr" | "qr" | "rr" | "tenths" | "steps";

/** Right against wrong. */
export interface FlowAnalysis {
  /** Instances whose first answer is right. */
  readonly right: FlowGroup;
  /** Instances whose first answer is wrong. */
  readonly wrong: FlowGroup;
}

/** Parts of a rationale of any length. */
const PARTS = 10;

/** Steps that are told apart; later ones are left out, as few rationales have them. */
const MAX_STEPS = 12;

/** The answer that a flow belongs to. */
export interface FlowAnswer {
  readonly right: boolean;
  readonly text: string;
  /** Names its question and prompt: answers to one, one after the other, are drawn to it. */
  readonly question: string;
}

/** Takes in the flows of a run. */
export class FlowCollector {
  readonly #right = new GroupCollector();
  readonly #wrong = new GroupCollector();

  /** Takes the flow of one more answer in. */
  add(flow: Flow, { right, text, question }: FlowAnswer): void {
    (right ? this.#right : this.#wrong).add(flow, text, question);
  }

  /** Null of no flow. */
  finish(): FlowAnalysis | null {
    const [right, wrong] = [this.#right.finish(), this.#wrong.finish()];
    return right.n + wrong.n === 0 ? null : { right, wrong };
  }
}

const BLOCKS = ["pq", "pr", "qr", "rr"] as const;

class GroupCollector {
  #n = 0;
  readonly #curves = new Map<string, readonly Moments[]>();
  /** Of the question whose answers come now. */
  readonly #drawn = new Map<string, readonly Moments[]>();
  #question = "";
  readonly #chosen: number[] = [];
  #positions: readonly (readonly Moments[])[] = [];

  add(flow: Flow, text: string, question: string): void {
    if (question !== this.#question) this.#finishQuestion();
    this.#question = question;
    this.#n += 1;
    for (const name of BLOCKS) this.#addCurve(name, flow[name]);
    this.#addCurve("tenths", partMeans(flow.tokens));
    this.#addCurve("steps", stepMeans(flow, text));
    if (flow.positions !== undefined) {
      this.#positions = flow.positions.map((layer, l) => addCurve(this.#positions[l] ?? [], layer));
    }
    const total = flow.accumulation.reduce((sum, a) => sum + a, 0);
    while (this.#chosen.length < flow.accumulation.length) this.#chosen.push(0);
    if (total === 0) return;
    this.#addCurve("share", flow.accumulation.map((a) => a / total));
    const { accumulation } = flow;
    this.#chosen[accumulation.reduce((best, a, j) => a > accumulation[best]! ? j : best, 0)]! += 1;
  }

  finish(): FlowGroup {
    this.#finishQuestion();
    return {
      n: this.#n,
      pq: this.#curve("pq"),
      pr: this.#curve("pr"),
      qr: this.#curve("qr"),
      rr: this.#curve("rr"),
      share: this.#curve("share"),
      positions: this.#positions.map((layer) => layer.map(({ mean }) => mean)),
      chosen: this.#chosen,
      tenths: this.#curve("tenths"),
      steps: this.#curve("steps"),
      logs: {
        pq: this.#curve("log pq"),
        pr: this.#curve("log pr"),
        qr: this.#curve("log qr"),
        rr: this.#curve("log rr"),
        tenths: this.#curve("log tenths"),
        steps: this.#curve("log steps"),
      },
    };
  }

  #addCurve(name: LogCurve | "share", values: readonly number[]): void {
    this.#drawn.set(name, addCurve(this.#drawn.get(name) ?? [], values));
    if (name === "share") return;
    const key = `log ${name}`;
    // the logarithm of 0 is not finite, and so left out
    this.#drawn.set(key, addCurve(this.#drawn.get(key) ?? [], values.map(Math.log)));
  }

  #finishQuestion(): void {
    for (const [name, moments] of this.#drawn) {
      const means = moments.map(({ n, mean }) => n === 0 ? NaN : mean);
      this.#curves.set(name, addCurve(this.#curves.get(name) ?? [], means));
    }
    this.#drawn.clear();
  }

  #curve(name: string): readonly MeanInterval[] {
    return (this.#curves.get(name) ?? []).map((moments) => meanInterval(moments));
  }
}

/** Mean of s_t in each of ten equal parts; NaN, which the curves skip, where a short rationale has no token. */
function partMeans(tokens: readonly number[]): readonly number[] {
  return groupMeans(tokens, PARTS, (t) => Math.floor((t * PARTS) / tokens.length));
}

/** Mean of s_t in each line of the text that is not blank. */
function stepMeans({ tokens, starts }: Flow, text: string): readonly number[] {
  if (starts === undefined) return [];
  const steps = stepsOf(text);
  const step = (t: number) => steps.findLastIndex((start) => start <= starts[t]!);
  return groupMeans(tokens, Math.min(steps.length, MAX_STEPS), step);
}

/** Where the steps of a rationale begin: its lines that are not blank. */
function stepsOf(text: string): readonly number[] {
  const starts: number[] = [];
  let at = 0;
  for (const line of text.split("\n")) {
    if (line.trim() !== "") starts.push(at);
    at += line.length + 1;
  }
  return starts;
}

/** Mean of the values of each group; NaN of none. Values whose group does not exist are left out. */
function groupMeans(
  values: readonly number[],
  groups: number,
  groupOf: (at: number) => number,
): readonly number[] {
  const sums = new Float64Array(groups);
  const counts = new Float64Array(groups);
  values.forEach((value, at) => {
    const group = groupOf(at);
    if (group < 0 || group >= groups) return;
    sums[group]! += value;
    counts[group]! += 1;
  });
  return Array.from(sums, (sum, group) => sum / counts[group]!);
}
