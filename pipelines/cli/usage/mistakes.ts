/**
 * What is wrong with a command line, said in one line that names the option, and the one that was meant; @effect/cli says of most that it
 * "received an unknown argument".
 *
 * @module
 */
import { Args } from "@effect/cli";
import { UnknownName } from "../../../lib/registry/mod.ts";
import type { OptionHelp, OptionTable } from "../options.ts";
import { type Definition, nameOf } from "./definition.ts";
import { usageOf } from "./help.ts";

/** Options of every command that @effect/cli answers, and how many words follow each. */
const BUILT_IN = new Map([["completions", 1], ["log-level", 1], ["version", 0], ["wizard", 0]]);

/** What a flag may be followed by. */
const YES_OR_NO = /^(true|1|y|yes|on|false|0|n|no|off)$/i;

/** A number below zero is a value. */
const OPTION = /^-(?!\.?\d)./;

/** What is wrong with the arguments of a command, the command's own name among them; undefined if nothing is that can be seen without reading values. */
export function mistakeIn<T extends OptionTable>(
  { name: command, options }: Definition<T>,
  [, ...words]: readonly string[],
): string | undefined {
  const refused = (reason: string) => `${reason}: npx dpc ${command} --help lists the options`;
  const known = optionsOf(options);
  const isOption = (word: string) => word.startsWith("--") && known.has(word.slice(2));
  const seen = new Set<string>();
  let free = 0;
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!;
    if (!OPTION.test(word)) {
      free++;
      continue;
    }
    const [typed = "", ...given] = word.split("=");
    const name = typed.replace(/^--?/, "").toLowerCase();
    if (BUILT_IN.has(name)) {
      i += BUILT_IN.get(name)!;
      continue;
    }
    const option = typed.startsWith("--") ? known.get(name) : undefined;
    if (option === undefined) {
      const names = [...known.keys(), "help", "help-all"];
      return refused(`Unknown option '${typed}'${guess(name, names, "--")}`);
    }
    if (seen.has(name) && !takesMany(option)) return refused(`--${name} may be given once only`);
    seen.add(name);
    const [value] = given.length > 0 ? [given.join("=")] : words.slice(i + 1, i + 2);
    if (option.form === "") {
      if (given.length > 0 && !YES_OR_NO.test(value!)) return refused(`--${name} takes no value`);
      if (given.length === 0 && value !== undefined && YES_OR_NO.test(value)) i++;
      continue;
    }
    if (value === undefined || given.length === 0 && isOption(value)) {
      return refused(`--${name} needs a value, ${option.form}`);
    }
    const { choices } = option;
    if (choices !== undefined && !choices.includes(value)) {
      const all = choices.join(", ");
      return `--${name} must be one of ${all}: found '${value}'${guess(value, choices)}`;
    }
    if (given.length === 0) i++;
    // pairs may follow each other
    while (option.form === PAIRS && /^[^-].*=/.test(words[i + 1] ?? "")) i++;
  }
  const [least, most] = freeWords(options);
  if (free > most) {
    const extra = words.filter((word) => !OPTION.test(word)).at(-1);
    return refused(`Unexpected '${extra}', which belongs to no option`);
  }
  if (free < least) return refused(`Missing ${usageOf(options).join(" ")}`);
  const missing = [...known].find(([name, { isRequired }]) => isRequired && !seen.has(name));
  return missing && refused(`Missing --${missing[0]} ${missing[1].form}`);
}

/** The known name that was most likely meant, as a question. */
function guess(name: string, known: readonly string[], dashes = ""): string {
  const { nearest } = new UnknownName({ kind: "name", name, known });
  return nearest === undefined ? "" : ` (did you mean ${dashes}${nearest}?)`;
}

/** The form of options of which each takes several pairs. */
const PAIRS = "KEY=VALUE";

const takesMany = ({ isRepeated, form }: OptionHelp): boolean =>
  isRepeated === true || form === PAIRS;

/** What help says of each option, by its name. */
const optionsOf = (options: OptionTable): ReadonlyMap<string, OptionHelp> =>
  new Map(
    Object.entries(options).flatMap(([key, option]) =>
      typeof option === "function" ? [[option.help.name ?? nameOf(key), option.help]] : []
    ),
  );

/** Fewest and most words that belong to no option. */
function freeWords(options: OptionTable): readonly [number, number] {
  const arguments_ = Object.values(options).filter((option) => typeof option !== "function");
  const sum = (sizeOf: (args: Args.Args<unknown>) => number) =>
    arguments_.reduce((total, args) => total + sizeOf(args), 0);
  return [sum(Args.getMinSize), sum(Args.getMaxSize)];
}
