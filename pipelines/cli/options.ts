/**
 * Options of a command line: tables of them, in which a key is the option's name, and those that several programs share.
 *
 * @module
 */
import { Args, HelpDoc, Options, ValidationError } from "@effect/cli";
import { Console, Data, Effect, Option } from "effect";
import { Acceptance, Corruption } from "../../lib/dpc/mod.ts";
import { findDevice, readDevice } from "../../lib/runtime/mod.ts";

/** What help says of an option. */
export interface OptionHelp {
  /** What it does: a short sentence, and after a colon, semicolon or full stop the details. */
  readonly about: string;
  /** What stands for its value, such as N; empty where it has none. */
  readonly form: string;
  /** Its value where it is left out, as it is typed. */
  readonly standard?: string;
  /** Its name where it is not its key's. */
  readonly name?: string;
  /** The heading that it stands under. */
  readonly group?: string;
  /** Whether only `--help-all` shows it. */
  readonly isRare?: boolean;
  /** Whether a command cannot do without it. */
  readonly isRequired?: boolean;
  /** Whether it may be given several times. */
  readonly isRepeated?: boolean;
  /** Its values, where they are few. */
  readonly choices?: readonly string[];
}

/** An option that gets its name from its key in a table: `maxNewTokens` is `--max-new-tokens`. */
export interface Unnamed<A> {
  (name: string): Options.Options<A>;
  readonly help: OptionHelp;
}

/** An option with its help. */
const unnamed = <A>(make: (name: string) => Options.Options<A>, help: OptionHelp): Unnamed<A> =>
  Object.assign((name: string) => Options.withDescription(make(name), help.about), { help });

/** The options of a table under a heading of help, and the rare ones only where all are asked for. */
export const grouped = <T extends OptionTable>(
  group: string,
  options: T,
  rare: readonly (keyof T & string)[] = [],
): T => rarely(withHelp(options, () => ({ group })), rare);

/** The options of a table, of which some are shown only where all are asked for. */
export const rarely = <T extends OptionTable>(
  options: T,
  rare: readonly (keyof T & string)[],
): T => withHelp(options, (key) => rare.includes(key) ? { isRare: true } : {});

function withHelp<T extends OptionTable>(
  options: T,
  change: (key: string) => Partial<OptionHelp>,
): T {
  const entries = Object.entries(options).map(([key, option]) => {
    if (typeof option !== "function") return [key, option] as const;
    const help = { ...option.help, ...change(key) };
    return [key, Object.assign((name: string) => option(name), { help })] as const;
  });
  return Object.fromEntries(entries) as unknown as T;
}

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

/** A kind of option, whose value help writes as `form`; `choices` are all its values, where they are few. */
export function kind<A>(
  make: (name: string) => Options.Options<A>,
  form: string,
  choices?: readonly string[],
): Kind<A> {
  const described = <B>(
    change: (option: Options.Options<A>) => Options.Options<B>,
    more: Partial<OptionHelp> = {},
  ) =>
  (about: string): Unnamed<B> =>
    unnamed((name) => change(make(name)), { about, form, ...defined({ choices }), ...more });
  const optional = described((option) =>
    Options.map(Options.optional(option), Option.getOrUndefined)
  );
  const either = (about: string, ...given: readonly A[]) => {
    if (given.length === 0) return optional(about);
    const [standard] = given as readonly [A];
    return described((option) => Options.withDefault(option, standard), {
      ...(typeof standard === "object" && !Array.isArray(standard)
        ? {}
        : { standard: String(standard) }),
    })(about);
  };
  return Object.assign(either as (about: string) => Unnamed<A>, {
    required: described((option) => option, { isRequired: true }),
    repeated: described(Options.repeated, { isRepeated: true }),
  });
}

/** An option of another name than its key. */
export const named = <A>(name: string, option: Unnamed<A>): Unnamed<A> =>
  Object.assign(() => option(name), { help: { ...option.help, name } });

/** An option that is there or not. */
export const flag = (about: string): Unnamed<boolean> =>
  unnamed((name) => Options.boolean(name), { about, form: "" });

export const text = kind(Options.text, "TEXT");
export const directory = kind((name) => Options.directory(name), "DIR");
export const file = kind((name) => Options.file(name), "FILE");
/** KEY=VALUE, which may be given several times. */
export const pairs = kind((name) =>
  Options.map(
    Options.keyValueMap(name),
    (all): Readonly<Record<string, string>> => Object.fromEntries(all),
  ), "KEY=VALUE");

/** One of a few values, each written as `String` writes it. */
export const choice = <const A extends string | number>(values: readonly A[]): Kind<A> =>
  kind(
    (name) => Options.choiceWithValue(name, values.map((value) => [String(value), value])),
    values.join("|"),
    values.map(String),
  );

const refused = (reason: string) => ValidationError.invalidValue(HelpDoc.p(reason));

/** A value that is read from its text; refused, with what it must be, where `read` gives nothing. */
const readable = <A>(
  form: string,
  what: string,
  read: (text: string) => A | undefined,
): Kind<A> =>
  kind((name) =>
    Options.mapEffect(Options.text(name), (text) => {
      const value = read(text.trim());
      return value === undefined
        ? Effect.fail(refused(`--${name} must be ${what}: found '${text}'`))
        : Effect.succeed(value);
    }), form);

/** A number that `holds` is true of. */
const numberThat = (form: string, what: string, holds: (value: number) => boolean): Kind<number> =>
  readable(form, what, (text) => {
    const value = text === "" ? NaN : Number(text);
    return holds(value) ? value : undefined;
  });

export const float = numberThat("X", "a number", Number.isFinite);
export const integer = numberThat("N", "a whole number", Number.isSafeInteger);

/** A whole number, at least `least`. */
export const atLeast = (least: number): Kind<number> =>
  numberThat(
    "N",
    `a whole number, at least ${least}`,
    (value) => Number.isSafeInteger(value) && value >= least,
  );

/** A whole number, at least 1. */
export const count = atLeast(1);

/** A number from `least` to `most`. */
const between = (least: number, most: number): Kind<number> =>
  numberThat(
    "X",
    `a number from ${least} to ${most}`,
    (value) => value >= least && value <= most,
  );

/** A number, or a share of all such as 5%. */
export const tolerance = readable<number | { readonly share: number }>(
  "N",
  "a whole number, or a share such as 5%",
  (text) => {
    const [, digits, percent] = /^(\d+(?:\.\d+)?)(%?)$/.exec(text) ?? [];
    const value = Number(digits);
    if (percent === "%") return value <= 100 ? { share: value / 100 } : undefined;
    return Number.isSafeInteger(value) ? value : undefined;
  },
);

/** The parts of a list separated by commas. */
export const parseList = (text: string): readonly string[] =>
  text.split(",").map((part) => part.trim()).filter((part) => part !== "");

/** A list, separated by commas. */
export const list = kind((name) => Options.map(Options.text(name), parseList), "A,B");

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
          onFailure: (reason) => refused(`--${name}: ${reason}`),
          onSuccess: collect,
        }),
    ), "A,B");

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
  "Checkpoint: a folder with config.json, *.safetensors and tokenizer.json, a GGUF file, or org/name[@revision] of the local Hugging Face cache",
  EMBEDDED_MODEL,
);
export const adapter = directory(
  "LoRA in PEFT's format: added to the model's weights, in a copy that is kept in the cache",
);
export const maxNewTokens = count("Most tokens of an answer; the task's own number by default");
export const seed = integer("Seed of everything random", 0);
export const quiet = flag("Show no progress");
export const gamma = float(
  "Share of entries that a corruption sets to 0: of the rows that it does not mask, the smallest",
  Corruption.DEFAULTS.gamma,
);

/** `--samples` and `--sample-temperature` of self-consistency. */
export const samplingOptions = {
  samples: count("Answers that self-consistency samples", Acceptance.SAMPLING.count),
  sampleTemperature: float(
    "Temperature of the answers that self-consistency samples",
    Acceptance.SAMPLING.temperature,
  ),
};

/** How tokens of all answers are chosen, whatever the arm. */
export const decodingOptions = grouped("Asking", {
  temperature: between(0, 100)(
    "Temperature of all answers, drawn by --seed; 0 takes the likeliest token",
    0,
  ),
  answers: count(
    "Answers drawn to each question, with --temperature: the accuracy is then pass@1, that of single ones, and beside it stands maj@N, that of what most of them say",
    1,
  ),
  topP: between(0, 1)(
    "With --temperature: draw from the fewest tokens whose probability reaches this",
    1,
  ),
  topK: count("With --temperature: draw from this many of the likeliest tokens"),
  repetitionPenalty: between(0.01, 100)(
    "Makes tokens less likely that are there already: divides their logits above 0, multiplies those below",
    1,
  ),
}, ["temperature", "answers", "topP", "topK", "repetitionPenalty"]);

/** The likeliest token every time. */
export const GREEDY: Given<typeof decodingOptions> = {
  temperature: 0,
  answers: 1,
  topP: 1,
  topK: undefined,
  repetitionPenalty: 1,
};

/** Options of sampling where the likeliest token is taken. */
class NeedsTemperature
  extends Data.TaggedError("NeedsTemperature")<{ readonly options: readonly string[] }> {
  /** One line for the user. */
  override get message(): string {
    return `Cannot use ${this.options.join(" and ")} without --temperature above 0, ` +
      "as every answer would be the same";
  }
}

/** What run.json says of how tokens are chosen: undefined where the likeliest are taken, and then nothing may be asked of sampling. */
export function decodingOf(
  { temperature, answers, topP, topK, repetitionPenalty }: Given<typeof decodingOptions>,
) {
  const idle = temperature > 0 ? [] : [
    ...(answers > 1 ? ["--answers"] : []),
    ...(topP < 1 ? ["--top-p"] : []),
    ...(topK === undefined ? [] : ["--top-k"]),
  ];
  if (idle.length > 0) return Effect.fail(new NeedsTemperature({ options: idle }));
  return Effect.succeed(
    temperature === 0 && repetitionPenalty === 1 ? undefined : {
      temperature,
      topP,
      ...defined({ topK }),
      ...(repetitionPenalty === 1 ? {} : { repetitionPenalty }),
    },
  );
}

/** A device by its name; one that is none is refused in a line. */
const deviceName = kind(
  (name) =>
    Options.mapEffect(Options.text(name), (text) => {
      const reason = readDevice(text);
      return reason === undefined ? Effect.succeed(text) : Effect.fail(refused(reason));
    }),
  "NAME",
);

/** Where the model is computed. */
export const device = deviceName(
  "Where the model is computed: cpu, webgpu (a GPU by ONNX Runtime's WebGPU provider), webgpu:N of dpc devices, or auto: the first that is a GPU, else the cpu",
  "cpu",
);

/** The device of that name; of `auto` it says which. */
export const deviceOf = (name: string) =>
  Effect.tap(
    findDevice(name),
    (found) => name === "auto" ? Console.error(`Device: ${found.name}`) : Effect.void,
  );

/** How the cores are used; by default what suits the model's size. */
export const placementOptions = grouped("Machines", {
  device,
  workers: count(
    "Workers: processes, under Deno threads, each with sessions of its own over the same weights",
  ),
  threads: count("Threads of each worker: workers times threads should not exceed the cores"),
  slots: count("Examples generated at a time in each worker"),
  quantization: named(
    "quantize",
    choice(["int8", "int8-saliency", "q8", "q4"])(
      "Compute with few bits: int8: products of 8-bit numbers, several times as fast on most processors; saliency stays float32, or is of 8 bits too (int8-saliency). q8, q4: generate with weights of 8 or 4 bits, where one or two answers are generated at a time",
    ),
  ),
}, ["workers", "threads", "slots"]);

/** What opens the model that a command is given, placed as it says. */
export function placed(
  { model, adapter, workers, threads, slots, quantization, device }:
    & Given<typeof placementOptions>
    & { readonly model: string; readonly adapter?: string | undefined },
) {
  return Effect.map(deviceOf(device), (found) => ({
    directory: model,
    device: found,
    ...defined({ adapter, workers, threads, slots, quantization }),
  }));
}
