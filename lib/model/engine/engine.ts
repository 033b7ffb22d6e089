/**
 * What can be asked of a model. An engine takes requests one by one and batches those that wait; it is the same whether it runs in
 * this thread ({@linkcode ./local_engine.ts}) or in workers ({@linkcode ./pool.ts}).
 *
 * @module
 */
import type { AttentionCalibration } from "../graph/mod.ts";
import { Data, type Effect } from "effect";
import { NO_PROMPT, type SoftPrompt, type TuningMethod } from "../soft_prompt.ts";

/** A request that could not be answered; `cause` is the error behind it, with its tag and data, where there is one. */
export class EngineError extends Data.TaggedError("EngineError")<{
  readonly reason: string;
  readonly cause?: unknown;
}> {
  /** One line for the user. */
  override get message(): string {
    return this.reason;
  }
}

/** What stands before a text: a soft prompt, shared tokens such as worked examples, both, or nothing. */
export interface Prefix {
  /** The soft prompt; {@linkcode NO_PROMPT} for none. */
  readonly prompt: SoftPrompt;
  /** Token ids that follow it. */
  readonly ids: readonly number[];
}

/** No soft prompt and no shared tokens. */
export const NO_PREFIX: Prefix = { prompt: NO_PROMPT, ids: [] };

/** How to choose among next tokens; without it the most likely is taken. */
export interface Sampling {
  /** Divides the logits; 0 takes the most likely token. */
  readonly temperature: number;
  /** Least set of tokens whose probability reaches it; 1 for all. */
  readonly topP: number;
  /** The likeliest tokens that topP then chooses from, with all that are as likely as the last of them; all by default. */
  readonly topK?: number;
  /** Divides the logits of tokens that are in the text or the answer where they are above 0, else multiplies them (CTRL, Keskar et al. 2019); 1 by default. */
  readonly repetitionPenalty?: number;
  /** Seed of the draws. */
  readonly seed: number;
}

/** What next-token logits are contrasted with: (1 + a) z - a z', of z after the request's own prefix and z' after another. */
export interface Contrast {
  /** The prefix of z'; its rows take part in the same batch. */
  readonly against: Prefix;
  /** a: above 0 away from z', at -1 z' itself, at 0 nothing. */
  readonly weight: number;
  /** Least KL divergence between both next-token distributions, in nats, above which they are contrasted. */
  readonly threshold: number;
}

/** A text to continue. */
export interface GenerateRequest {
  /** What stands before the prompt. */
  readonly prefix: Prefix;
  /** Token ids of the text; one at least. */
  readonly ids: readonly number[];
  /** Most tokens of the answer. */
  readonly maxNewTokens: number;
  /** Strings before which the answer ends. */
  readonly stop: readonly string[];
  /** Draws tokens; greedy by default. */
  readonly sampling?: Sampling;
  /** None by default. */
  readonly calibration?: AttentionCalibration;
  /** None by default. */
  readonly contrast?: Contrast;
  /**
   * Tokens that the answer probably begins with, such as another answer to the same question; none by default. A small model reads them with
   * the text and keeps them as far as it would have chosen them, which costs less than choosing one by one; the answer is the same but for rounding.
   */
  readonly draft?: readonly number[];
  /** Whether to say how long the engine worked on it; false by default, as the answer then depends on the request alone. */
  readonly timed?: boolean;
}

/** Why a generation ended: an end-of-sequence token, a stop string, or the limit. */
export type Finish = "eos" | "stop" | "length";

/** A continuation: the rationale. */
export interface Generation {
  /** Tokens of the text, without end-of-sequence and without tokens that begin at or after a stop string. */
  readonly ids: readonly number[];
  /** The text, cut exactly before a stop string. */
  readonly text: string;
  /** Why it ended. */
  readonly finish: Finish;
  /** Natural log-probability of each of `ids`. */
  readonly logProbabilities: readonly number[];
  /** Where each of `ids` begins in the text. */
  readonly starts: readonly number[];
  /** Milliseconds that the engine worked on it: reading its text, and its share of each step of the batch; only of a request that is timed. */
  readonly milliseconds?: number;
}

/** What a loss makes of the cross-entropies of a text's tokens. */
export type Loss = "mean" | "sum";

/** A text whose flow of information is measured: [prefix ; question ; rationale]. */
export interface SaliencyRequest {
  /** What stood before the prompt. */
  readonly prefix: Prefix;
  /** Tokens of the question. */
  readonly questionIds: readonly number[];
  /** The tokens that the model generated; their cross-entropy is the loss. */
  readonly rationaleIds: readonly number[];
  /** What the loss makes of the tokens' cross-entropies; their mean by default. */
  readonly loss?: Loss;
  /** Takes attention itself in the place of I_l, its mean over heads, by a forward pass without loss and gradient; false by default. */
  readonly attention?: boolean;
  /** Whether to give the full maps out, for figures; false by default. */
  readonly maps?: boolean;
  /** Whether to say how long the engine worked on it; false by default. */
  readonly timed?: boolean;
}

/** Saliency I_l (lib/dpc/README.md, Eq. 1) reduced to what the method needs. Rows are question and rationale. */
export interface SaliencyResult {
  /** Number of layers. */
  readonly layers: number;
  /** Rows of the question, Q. */
  readonly questionRows: number;
  /** Rows of the rationale, R. */
  readonly rationaleRows: number;
  /** Columns of the soft prompt, n. */
  readonly virtualTokens: number;
  /** I_l[i, j] for rows i and virtual tokens j, [layers, rows, n]. */
  readonly promptFlow: Float32Array;
  /** S_qr, mean of I_l over rows of the rationale and columns of the question, [layers]. */
  readonly questionToRationale: Float32Array;
  /** S_rr, mean of I_l over pairs of the rationale with column before row, [layers]. */
  readonly rationaleToRationale: Float32Array;
  /** Natural log-probability of each rationale token, teacher-forced; empty of a pass without loss. */
  readonly logProbabilities: Float32Array;
  /** I_l, [layers, rows, columns] where columns are prefix, question and rationale; only when asked for. */
  readonly maps?: Float32Array;
  /** Milliseconds that the engine worked on it; only of a request that is timed. */
  readonly milliseconds?: number;
}

/** A text whose next-token distributions after two prefixes are compared. */
export interface DivergenceRequest
  extends Pick<SaliencyRequest, "questionIds" | "rationaleIds" | "timed"> {
  /** What stood before the prompt. */
  readonly prefix: Prefix;
  /** What stands there instead. */
  readonly against: Prefix;
}

/** How far apart next-token distributions are. */
export interface Divergence {
  /** KL(p || q) in nats at each rationale token, [T]: p after `prefix`, q after `against`. */
  readonly perToken: Float32Array;
  /** Milliseconds that the engine worked on it; only of a request that is timed. */
  readonly milliseconds?: number;
}

/** A text whose last token's hidden states are asked for. */
export interface HiddenStatesRequest {
  /** What stands before the text. */
  readonly prefix: Prefix;
  /** Token ids of the text; one at least. */
  readonly ids: readonly number[];
  /** Layers, counted from 0; those after the last of them are not computed. */
  readonly layers: readonly number[];
}

/** Hidden states of the last token. */
export interface HiddenStates {
  /** The residual stream after each layer asked for, [layers asked for][d]. */
  readonly states: readonly Float32Array[];
}

/** One teacher-forced text of a tuning batch. */
export interface TuningText {
  /** Tokens of the text. */
  readonly ids: readonly number[];
  /** Index in `ids` of the first token that counts in the loss. */
  readonly from: number;
}

/** Loss of a batch under a soft prompt, and its gradient. */
export interface PromptGradientRequest {
  /** What the vectors are; "prompt" by default. */
  readonly method?: TuningMethod;
  /** [n, width] row-major. */
  readonly vectors: Float32Array;
  /** Texts of the batch. */
  readonly texts: readonly TuningText[];
  /** What each token counts: 1 / (tokens of the whole batch), which may span several requests. */
  readonly tokenWeight: number;
  /** Whether the loss is all that is wanted, which takes no backward pass; false by default. */
  readonly lossOnly?: boolean;
}

/** Answer to a {@linkcode PromptGradientRequest}. */
export interface PromptGradient {
  /** Sum of the tokens' cross-entropy times their weight, in nats. */
  readonly loss: number;
  /** [n, width] row-major; empty where only the loss was asked for. */
  readonly gradient: Float32Array;
}

/** A loaded model. */
export interface Engine {
  /** Generates an answer; requests that wait together share a batch. */
  readonly generate: (request: GenerateRequest) => Effect.Effect<Generation, EngineError>;
  /** Measures the information flow of an answer (Eq. 1). */
  readonly saliency: (request: SaliencyRequest) => Effect.Effect<SaliencyResult, EngineError>;
  /** Gives the hidden states of a text's last token, before anything is generated. */
  readonly hiddenStates: (
    request: HiddenStatesRequest,
  ) => Effect.Effect<HiddenStates, EngineError>;
  /** Compares the next-token distributions of an answer after two prefixes. */
  readonly divergence: (request: DivergenceRequest) => Effect.Effect<Divergence, EngineError>;
  /** Loss and its gradient for the soft prompt. */
  readonly promptGradient: (
    request: PromptGradientRequest,
  ) => Effect.Effect<PromptGradient, EngineError>;
}
