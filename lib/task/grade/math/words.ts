/**
 * Units and words around the value of an answer, as steps of ./normalise.ts.
 *
 * @module
 */

/** What is replaced, and by what. */
export type Step = readonly [RegExp, string];

/** Degrees inside of a trigonometric function, in radians: "\sin 30^\circ", "\sin(90^\circ-x)". */
export const ANGLES: readonly Step[] = [
  [
    /(\\?(?:sin|cos|tan|cot|sec|csc)(?![a-zA-Z])[^=,]{0,20}?[\s({+*-]?)(?<![\d.])(\d+(?:\.\d+)?) ?(?:\^ ?\{? ?\\circ ?\}?|\\degrees?(?![a-zA-Z]))/g,
    String.raw`$1(\frac{$2}{180}\pi)`,
  ],
];

/** Dollars, percent and degrees: the question says which it asks for. */
export const UNITS: readonly Step[] = [
  [/\^ ?\{? ?\\circ ?\}?|\\circ(?![a-zA-Z])|\\degrees?(?![a-zA-Z])/g, ""],
  [/\\?%/g, ""],
  [/\\?\$|[€£¥₹]/g, ""],
];

const TEXT =
  "text|textbf|textit|textrm|textnormal|mbox|hbox|mathrm|mathbf|mathit|mathsf|operatorname";

/** Before a word: it is no part of the value, as "million" or a product of variables would be. */
const NO_FACTOR = String
  .raw`(?!(?:base|mod|pi|theta|alpha|beta|gamma|sqrt|times|over|hundred|thousand|million|billion|trillion|dozen|hal|third|quarter|[a-z]+ths?\b|(?:abc|bcd|abcd|pqr|xyz)\b))`;

/** Powers of ten in words. */
const POWERS: readonly Step[] =
  ([["thousand", 3], ["million", 6], ["billion", 9], ["trillion", 12]] as const)
    .map(([word, zeros]) => [
      new RegExp(String.raw`(?<=\d) *(?:\\(?:${TEXT}) ?\{ *)?${word}s?\b *\}?`),
      `\\times10^{${zeros}}`,
    ]);

/** Words around the value. */
export const WORDS: readonly Step[] = [
  [/^(?:\\text ?\{ ?)?(?:final )?answer: ?\}? ?/i, ""],
  [/^(-?\d+(?:\.\d+)?)e([+-]?\d{1,3})$/i, "$1\\times10^{$2}"],
  [new RegExp(String.raw`\\(?:${TEXT})\*? ?\{ *,? *(?:and|or) *\}`, "g"), ","],
  [/ (?:and|or) |(?<=[)\]}]) ?(?:and|or) ?(?=[([\\])/g, ","],
  [/^(?:the )?empty set$|^\\text ?\{ ?(?:the )?empty set ?\}$/i, "\\emptyset"],
  [/^all real(?: number)?s$/i, "\\REALS"],
  [/^(\d+) *\\text ?\{ *to *\} *(\d+)$/, "$1:$2"],
  [new RegExp(String.raw`\^ ?\{? ?(?:\\(?:${TEXT}) ?\{ ?)?(?:st|nd|rd|th) ?\}{0,2}`, "g"), ""],
  [/^(\d+)(?:st|nd|rd|th)(?![a-z])/, "$1"],
  ...POWERS,
  // A unit after a number: "15\mbox{ cm}^2", "5.4 \text{ cents}", "12 cm", "40 square feet".
  [
    new RegExp(
      String.raw`(?<=[\d})\]a-z]) *\\(?:${TEXT})\*? ?\{ *[^{}\d\\]*\}(?: ?\^ ?\{?\d\}?)?\.?$`,
    ),
    "",
  ],
  [
    /(?<=[\d})]) *(?:degrees?|cents?|dollars?|inch(?:es)?|f(?:ee|oo)t|yards?|miles?|mph|[cmk]m|(?:kilo|centi|milli)?met(?:er|re)s?|hours?|minutes?|seconds?|days?|weeks?|months?|years?|units?|square ?[a-z]+|cubic ?[a-z]+|points?|pct|percent(?:age)?|people|students?|grade)(?: ?\^ ?\{?\d\}?)?\.?$/i,
    "",
  ],
  // What is counted, in plain words: "2000 calories", "12 red marbles"; "12\pi inches per second", where no letters come before.
  [
    new RegExp(
      String.raw`^(-?[\d.,/]+|-?\\frac\{\d+\}\{\d+\})(?: ${NO_FACTOR}(?:[a-z]{3,}|of|in)){1,3}\.?$`,
      "i",
    ),
    "$1",
  ],
  [
    new RegExp(
      String
        .raw`^((?:[^a-zA-Z]|\\[a-zA-Z]+)*(?:[\d})\]]|\\pi)) ?(?: ${NO_FACTOR}(?:[a-z]{4,}|per|[cmk]m|ft|mph)){1,4}\.?$`,
    ),
    "$1",
  ],
  [new RegExp(String.raw`\\(?:${TEXT})\*? ?(?=\{)`, "g"), ""],
  [/^(?:an?|the|facing) (?=[a-zA-Z]{3})/, ""],
  [/(?<=^[a-zA-Z]{3,}) (?:function|direction)$/, ""],
];
