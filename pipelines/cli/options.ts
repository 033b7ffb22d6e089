/**
 * Options of a command line: tables of them, in which a key is the option's name, and those that several programs share.
 *
 * @module
 */
import { Args, HelpDoc, Options, ValidationError } from "@effect/cli";
import { Effect, Option } from "effect";
import { Acceptance, Corruption } from "../../lib/dpc/mod.ts";

/** An option that gets its name from its key in a table: `maxNewTokens` is `--max-new-tokens`. */
export type Unnamed<A> = (name: string) => Options.Options<A>;

/** The options and arguments of a command. */
export type OptionTable = Readonly<Record<string, Unnamed<unknown> | Args.Args<unknown>>>;

/** What a command is given. */
export type Given<T> = {
  readonly [K in keyof T]: T[K] extends Unnamed<infer A> ? A
    : T[K] extends Args.Args<infer A> ? A
    : never;
};

/** Makes options of one kind. They are described; an option without a default may be left out. */
export interface Kind<A> {
  (about: string): Unnamed<A | undefined>;
  <const B extends A>(about: string, standard: B): Unnamed<A>;
  readonly required: (about: string) => Unnamed<A>;
  readonly repeated: (about: string) => Unnamed<readonly A[]>;
}

/** A kind of option. */
export function kind<A>(make: Unnamed<A>): Kind<A> {
  const described =
    <B>(change: (option: Options.Options<A>) => Options.Options<B>) =>
    (about: string): Unnamed<B> =>
    (name) => Options.withDescription(change(make(name)), about);
  const optional = described((option) =>
    Options.map(Options.optional(option), Option.getOrUndefined)
  );
  const either = (about: string, ...standard: readonly A[]) =>
    standard.length === 0
      ? optional(about)
      : described((option) => Options.withDefault(option, standard[0]!))(about);
  return Object.assign(either as (about: string) => Unnamed<A>, {
    required: described((option) => option),
    repeated: described(Options.repeated),
  });
}

/** An option of another name than its key. */
export const named = <A>(name: string, option: Unnamed<A>): Unnamed<A> => () => option(name);

/** An option that is there or not. */
export const flag = (about: string): Unnamed<boolean> => (name) =>
  Options.withDescription(Options.boolean(name), about);

export const text = kind(Options.text);
export const directory = kind((name) => Options.directory(name));
export const file = kind((name) => Options.file(name));
export const float = kind(Options.float);
export const integer = kind(Options.integer);
export const redacted = kind(Options.redacted);

/** KEY=VALUE, which may be given several times. */
export const pairs = kind((name) =>
  Options.map(
    Options.keyValueMap(name),
    (all): Readonly<Record<string, string>> => Object.fromEntries(all),
  )
);

/** One of a few values, each written as `String` writes it. */
export const choice = <const A extends string | number>(values: readonly A[]): Kind<A> =>
  kind((name) => Options.choiceWithValue(name, values.map((value) => [String(value), value])));

/** A whole number, at least `least`. */
export const atLeast = (least: number): Kind<number> =>
  kind((name) =>
    Options.filterMap(
      Options.integer(name),
      (value) => value >= least ? Option.some(value) : Option.none(),
      `--${name} must be a whole number, at least ${least}`,
    )
  );

/** A whole number, at least 1. */
export const count = atLeast(1);

/** A number, or a share of all such as 5%. */
export const tolerance: Kind<number | { readonly share: number }> = kind((name) =>
  Options.filterMap(
    Options.text(name),
    (text) => {
      const [, digits, percent] = /^(\d+(?:\.\d+)?)(%?)$/.exec(text.trim()) ?? [];
      const value = Number(digits);
      if (percent === "%") {
        return value <= 100 ? Option.some({ share: value / 100 }) : Option.none();
      }
      return Number.isSafeInteger(value) ? Option.some(value) : Option.none();
    },
    `--${name} must be a whole number, or a share such as 5%`,
  )
);

/** The parts of a list separated by commas. */
export const parseList = (text: string): readonly string[] =>
  text.split(",").map((part) => part.trim()).filter((part) => part !== "");

/** A list, separated by commas. */
export const list = kind((name) => Options.map(Options.text(name), parseList));

/** A list whose parts are read; the command line is refused with what `read` says is wrong with one. */
export const listOf = <A, B = readonly A[]>(
  read: (part: string) => Effect.Effect<A, string>,
  collect: (parts: readonly A[]) => B = (parts) => parts as B,
): Kind<B> =>
  kind((name) =>
    Options.mapEffect(
      Options.map(Options.text(name), parseList),
      (parts) =>
        Effect.mapBoth(Effect.forEach(parts, read), {
          onFailure: (reason) => ValidationError.invalidValue(HelpDoc.p(`--${name}: ${reason}`)),
          onSuccess: collect,
        }),
    )
  );

/** A list of numbers, separated by commas. */
export const numbers = listOf((part) =>
  Number.isFinite(Number(part))
    ? Effect.succeed(Number(part))
    : Effect.fail(`'${part}' is not a number`)
);

/** The argument that names a run directory. */
export const runDirectory = (about: string): Args.Args<string> =>
  Args.withDescription(Args.directory({ name: "run" }), about);

/** The fields that are not undefined. */
export const defined = <A extends object>(
  fields: A,
): { readonly [K in keyof A]?: Exclude<A[K], undefined> } =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as A;

/** The model that comes with the project. */
export const EMBEDDED_MODEL = "data/model";

export const model = text(
  "Checkpoint of the Llama family: a folder with config.json, *.safetensors and tokenizer.json, a GGUF file, or org/name[@revision] of the Hugging Face cache",
  EMBEDDED_MODEL,
);
export const maxNewTokens = count("Longest answer; the task's own by default");
export const seed = integer("Seed of everything random", 0);
export const quiet = flag("Show no progress");
export const gamma = float(
  "Share of the prompt's other entries that a corruption sets to 0",
  Corruption.DEFAULTS.gamma,
);

/** `--samples` and `--temperature` of self-consistency. */
export const samplingOptions = {
  samples: count("Answers that self-consistency samples", Acceptance.SAMPLING.count),
  temperature: float("Temperature of the sampled answers", Acceptance.SAMPLING.temperature),
};

/** How the cores are used; by default what suits the model's size. */
export const placementOptions = {
  workers: count(
    "Workers, each with sessions of its own over the same weights: processes, under Deno threads",
  ),
  threads: count("Threads of each worker; workers times threads should not exceed the cores"),
  slots: count("Examples generated at a time in each worker"),
  quantization: named(
    "quantize",
    choice(["int8", "int8-saliency", "q8", "q4"])(
      "int8: products of 8-bit numbers, several times as fast on most processors; saliency stays float32, or is of 8 bits too (int8-saliency). q8, q4: generate with weights of 8 or 4 bits, where one or two answers are generated at a time",
    ),
  ),
};

/** What opens the model that a command is given, placed as it says. */
export function placed(
  { model, workers, threads, slots, quantization }:
    & Given<typeof placementOptions>
    & { readonly model: string },
) {
  return { directory: model, ...defined({ workers, threads, slots, quantization }) };
}
