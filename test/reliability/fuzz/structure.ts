/**
 * Tokenizers and chat templates that are well formed and hostile in what they say: parts of every type with values that trouble them.
 *
 * @module
 */
import type { PCGRandom } from "effect/Utils";

const pick = <A>(random: PCGRandom, values: readonly A[]): A =>
  values[random.integer(values.length)]!;
const maybe = (random: PCGRandom, chance: number): boolean => random.number() < chance;
const many = <A>(random: PCGRandom, most: number, make: () => A): readonly A[] =>
  Array.from({ length: random.integer(most + 1) }, make);

/** Texts that parts may hold: empty, of one character, of several, of a pattern's signs, long. */
const TEXTS = [
  ...[
    "",
    " ",
    "a",
    "▁",
    "Ġ",
    "##",
    "é",
    "😀",
    "e\u0301",
    "\n",
    "$&",
    "$`",
    "$'",
    "*",
    "(",
    "\\",
    "^$",
  ],
  ...["aa", "<s>", "<0x41>", "\ufffd", "\ud800", "__proto__", "constructor", "x".repeat(50)],
  ...["x".repeat(10_000), " ".repeat(1000)],
] as const;

/** Patterns: usual ones, those that match nothing or everything, and few that search for ever. */
const PATTERNS = [
  ..."'s| ?[A-Za-z]+|#+|[^A-Za-z]~\\s+~\\p{L}+|\\p{N}~.~~$~^~(?=a)~(?<!a)~[^\\s]+~\\w|\\W~\\b~(a|b)*~(?i:a)"
    .split("~"),
];
const ENDLESS = ["(a+)+$", "(\\w+)+!", "(a|a)*b", "(\\s*)*x"] as const;
/** Of patterns, and of pieces of a template: those that search or loop for ever. Each takes all the time that it may. */
const RARE = 0.001;

const NUMBERS = [0, 1, -1, 2, 5, 1e6, 2 ** 31, 0.5, 1e308, null, "1", true] as const;

type Json = unknown;

const pattern = (random: PCGRandom): Json => {
  if (maybe(random, 0.4)) return { String: pick(random, TEXTS) };
  return { Regex: maybe(random, RARE) ? pick(random, ENDLESS) : pick(random, PATTERNS) };
};

const BEHAVIORS = ["Removed", "Isolated", "Contiguous", "MergedWithPrevious", "MergedWithNext", ""];
const SCHEMES = ["always", "first", "never", "other", null];

/** Each kind's parts by their type; a sequence holds others. */
const PARTS: Readonly<
  Record<
    string,
    { readonly of: string; readonly types: Readonly<Record<string, (random: PCGRandom) => object>> }
  >
> = {
  normalizer: {
    of: "normalizers",
    types: {
      ...Object.fromEntries(
        ["NFC", "NFD", "NFKC", "NFKD", "Lowercase", "StripAccents", "ByteLevel", "Nmt"]
          .map((type) => [type, () => ({})]),
      ),
      Strip: (r) => ({ strip_left: maybe(r, 0.5), strip_right: maybe(r, 0.5) }),
      Prepend: (r) => ({ prepend: pick(r, TEXTS) }),
      Replace: (r) => ({ pattern: pattern(r), content: pick(r, TEXTS) }),
      BertNormalizer: (r) => ({
        lowercase: maybe(r, 0.5),
        strip_accents: pick(r, [true, false, null]),
        clean_text: maybe(r, 0.5),
        handle_chinese_chars: maybe(r, 0.5),
      }),
      Precompiled: (r) => ({ precompiled_charsmap: pick(r, ["", "AAAA", "AQAAAAAA", "//////8A"]) }),
    },
  },
  pre_tokenizer: {
    of: "pretokenizers",
    types: {
      ...Object.fromEntries(
        ["Whitespace", "WhitespaceSplit", "BertPreTokenizer"].map((type) => [type, () => ({})]),
      ),
      Split: (r) => ({ pattern: pattern(r), behavior: pick(r, BEHAVIORS), invert: maybe(r, 0.3) }),
      Punctuation: (r) => ({ behavior: pick(r, BEHAVIORS) }),
      Digits: (r) => ({ individual_digits: maybe(r, 0.5) }),
      CharDelimiterSplit: (r) => ({ delimiter: pick(r, TEXTS) }),
      FixedLength: (r) => ({ length: pick(r, NUMBERS) }),
      Metaspace: (r) => ({
        replacement: pick(r, TEXTS),
        prepend_scheme: pick(r, SCHEMES),
        split: maybe(r, 0.5),
      }),
      ByteLevel: (r) => ({ add_prefix_space: maybe(r, 0.5), use_regex: maybe(r, 0.5) }),
    },
  },
  post_processor: {
    of: "processors",
    types: {
      ByteLevel: () => ({}),
      BertProcessing: (r) => ({ cls: ["a", pick(r, NUMBERS)], sep: ["b", pick(r, NUMBERS)] }),
      TemplateProcessing: (r) => ({
        single: many(
          r,
          4,
          () =>
            maybe(r, 0.5)
              ? { Sequence: { id: "A", type_id: 0 } }
              : { SpecialToken: { id: pick(r, ["a", "b", "__proto__"]), type_id: 0 } },
        ),
        special_tokens: { a: { id: "a", ids: [0], tokens: ["a"] } },
      }),
    },
  },
  decoder: {
    of: "decoders",
    types: {
      ...Object.fromEntries(
        ["ByteLevel", "ByteFallback", "Fuse", "CTC"].map((type) => [type, () => ({})]),
      ),
      Replace: (r) => ({ pattern: pattern(r), content: pick(r, TEXTS) }),
      Strip: (r) => ({ content: pick(r, TEXTS), start: pick(r, NUMBERS), stop: pick(r, NUMBERS) }),
      Metaspace: (r) => ({ replacement: pick(r, TEXTS), prepend_scheme: pick(r, SCHEMES) }),
      WordPiece: (r) => ({ prefix: pick(r, TEXTS), cleanup: maybe(r, 0.5) }),
      BPEDecoder: (r) => ({ suffix: pick(r, TEXTS) }),
    },
  },
};

function part(random: PCGRandom, kind: string, depth = 0): Json {
  if (maybe(random, 0.15)) return null;
  const { of, types } = PARTS[kind]!;
  if (depth < 4 && maybe(random, 0.3)) {
    return { type: "Sequence", [of]: many(random, 5, () => part(random, kind, depth + 1)) };
  }
  const type = pick(random, Object.keys(types));
  return { type, ...types[type]!(random) };
}

const LETTERS = [
  ..."abt .#▁Ġé1\n",
  "##a",
  "<0x41>",
  "ab",
  "aa",
  "aaa",
  "aaaa",
  "<unk>",
  "ta",
  "to",
];

function model(random: PCGRandom): Json {
  const words = [...new Set(many(random, 40, () => pick(random, [...LETTERS, ...TEXTS])))];
  const ids = Object.fromEntries(
    words.map((word, id) => [word, maybe(random, 0.02) ? pick(random, NUMBERS) : id]),
  );
  const unknown = pick(random, [null, "<unk>", words[0] ?? "a", 3]);
  switch (random.integer(5)) {
    case 0:
      return {
        type: "WordPiece",
        vocab: ids,
        unk_token: unknown,
        max_input_chars_per_word: pick(random, NUMBERS),
      };
    case 1:
      return { type: "WordLevel", vocab: ids, unk_token: unknown };
    case 2:
      return {
        type: "Unigram",
        vocab: words.map((word) => [word, -random.integer(20)]),
        unk_id: pick(random, [0, 1, 99, null]),
        byte_fallback: maybe(random, 0.3),
      };
    default: {
      const merges = many(random, 20, () => [pick(random, words), pick(random, words)]);
      return {
        type: pick(random, ["BPE", "BPE", undefined]),
        vocab: ids,
        merges: maybe(random, 0.5) ? merges : merges.map((pair) => pair.join(" ")),
        unk_token: unknown,
        byte_fallback: maybe(random, 0.3),
        fuse_unk: maybe(random, 0.3),
        ignore_merges: maybe(random, 0.3),
        dropout: pick(random, [null, null, null, 0.1]),
        continuing_subword_prefix: pick(random, [null, null, "", "##"]),
        end_of_word_suffix: pick(random, [null, null, "", "</w>"]),
      };
    }
  }
}

/** A tokenizer.json. */
function makeTokenizer(random: PCGRandom): Uint8Array {
  const added = many(random, 6, () => ({
    id: maybe(random, 0.1) ? pick(random, NUMBERS) : random.integer(60),
    content: pick(random, TEXTS),
    ...Object.fromEntries(
      ["single_word", "lstrip", "rstrip", "normalized", "special"].map((
        key,
      ) => [key, maybe(random, 0.4)]),
    ),
  }));
  const json = {
    version: "1.0",
    added_tokens: added,
    ...Object.fromEntries(Object.keys(PARTS).map((kind) => [kind, part(random, kind)])),
    model: model(random),
  };
  return new TextEncoder().encode(JSON.stringify(json));
}

const textsOf = (length: number): readonly string[] => [
  "Tom has 12 apples.",
  `${" ".repeat(length)}a${" ".repeat(length)}b`,
  "a".repeat(2 * length),
  "e\u0301😀\ud800\n\t \u0000é".repeat(length / 50),
];
const [SHORT, LONG] = [textsOf(100), textsOf(3000)];

/** Texts that a tokenizer is to read: few read long ones. */
export const textsFor = (random: PCGRandom): readonly string[] => maybe(random, 0.1) ? LONG : SHORT;

/** Whether an input has something that never ends. */
export const isEndless = (input: Uint8Array): boolean => {
  const text = new TextDecoder().decode(input);
  return ENDLESS.some((pattern) => text.includes(JSON.stringify(pattern))) ||
    EXHAUSTING.some((statement) => text.includes(statement));
};

/** Pieces of templates: statements around others, and what stands by itself. */
const AROUND: readonly ((inner: string) => string)[] = [
  (inner) => `{% for m in messages %}${inner}{% endfor %}`,
  (inner) => `{% for i in range(3) %}${inner}{% endfor %}`,
  (inner) => `{% for k, v in messages[0].items() %}${inner}{% endfor %}`,
  (inner) => `{%- if messages | length > 0 -%}${inner}{%- else -%}no{%- endif -%}`,
  (inner) => `{% if m is defined %}${inner}{% endif %}`,
  (inner) => `{% macro f(x) %}${inner}{% endmacro %}{{ f(1) }}`,
  (inner) => `{% set t %}${inner}{% endset %}{{ t | trim }}`,
  (inner) => `{# ${inner.replaceAll("#}", "")} #}`,
];
const SINGLE = [
  ..."{{ bos_token }}~{{ messages }}~{{ messages[0].content }}~{{ messages[0]['role'] | upper }}~{{ m.content | trim }}"
    .split("~"),
  ..."{{ range(10) | list }}~{{ 1 / 0 }}~{{ 2 ** 9 }}~{{ 'a' * 3 }}~{{ [1, 2] + [3] }}~{{ undefined.x.y }}~{{ -messages }}"
    .split("~"),
  ..."{{ messages | tojson }}~{{ 'a,b'.split(',') }}~{{ messages[::-1] }}~{{ none | default('x') }}~{{ strftime_now('%d') }}"
    .split("~"),
  ..."{{ raise_exception('no') }}~{{ namespace(a=1).a }}~{% set ns = namespace(a='x') %}~{% set ns.a = ns.a + ns.a %}~{{ ns.a }}"
    .split("~"),
  ..."{{ x if y else z }}~{{ {'a': [1, {'b': 2}]}['a'][1].b }}~{{ messages | map(attribute='role') | join('|') }}~{{ f(f) }}"
    .split("~"),
  ..."{{ __proto__ }}~{{ messages.constructor }}~{{ ''.__class__ }}~{{ messages[1e9] }}~{{ range(1000000) }}~{% break %}~{{ ~{% if~%}}"
    .split("~"),
  " ".repeat(3000),
  "<|im_start|>",
  "\n\n",
];
/** Loops that go on for ever, or fill the memory. */
const EXHAUSTING = [
  "{% for a in range(100000) %}{% for b in range(100000) %}{% endfor %}{% endfor %}",
  "{% set ns = namespace(t='xx') %}{% for i in range(60) %}{% set ns.t = ns.t + ns.t %}{% endfor %}{{ ns.t }}",
  "{% set ns = namespace(a=[1]) %}{% for i in range(60) %}{% set ns.a = ns.a + ns.a %}{% endfor %}",
  "{% macro f(x) %}{{ f(x) }}{{ f(x) }}{% endmacro %}{{ f(1) }}",
];

function piece(random: PCGRandom, depth: number): string {
  if (depth > 0 && maybe(random, 0.5)) {
    return pick(random, AROUND)(
      Array.from({ length: 1 + random.integer(3) }, () => piece(random, depth - 1)).join(""),
    );
  }
  return maybe(random, RARE) ? pick(random, EXHAUSTING) : pick(random, SINGLE);
}

/** A chat template. */
const makeTemplate = (random: PCGRandom): Uint8Array =>
  new TextEncoder().encode(
    Array.from({ length: 1 + random.integer(5) }, () => piece(random, random.integer(6))).join(""),
  );

/** What is read. */
export type Kind = "tokenizer" | "template";

/** What the thread is asked: inputs from one number on. */
export interface Batch {
  readonly kind: Kind;
  readonly seed: number;
  readonly from: number;
  readonly inputs: number;
}

/** What came of a batch. */
export interface BatchResult {
  readonly read: number;
  /** Processor seconds of the longest. */
  readonly slowest: number;
}

/** Makes an input, of either kind. */
export const makers: Readonly<Record<Kind, (random: PCGRandom) => Uint8Array>> = {
  tokenizer: makeTokenizer,
  template: makeTemplate,
};
