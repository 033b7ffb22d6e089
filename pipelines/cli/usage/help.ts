/**
 * The help of a command, made of its definition: how it is typed, and its options by heading, each in a line; with `--help-all` every
 * option and all that there is to say of it.
 *
 * @module
 */
import { Args, HelpDoc, Usage } from "@effect/cli";
import { stripVTControlCharacters } from "node:util";
import type { OptionHelp, OptionTable } from "../options.ts";
import { type Definition, nameOf } from "./definition.ts";

/** Columns of a terminal. */
const WIDTH = 80;

/** Columns of an option's name and value, the space before and behind included. */
const LEFT = 26;

/** Options that every command has. */
const SHARED: readonly Row[] = [
  { left: "--help-all", about: "Every option, and all that there is to say of it", isRare: false },
];

/** Examples in the usual help. */
const EXAMPLES = 2;

/** The heading of options that have none. */
const OTHERS = "Options";

/** A line of the list of options. */
interface Row {
  readonly left: string;
  readonly about: string;
  /** The values to choose from, where they are many. */
  readonly choices?: string;
  readonly standard?: string;
  readonly isRare: boolean;
}

/**
 * The text of a command's help, at most 80 columns wide.
 *
 * @param all every option with its details, not the usual ones in a line each
 */
export function helpOf<T extends OptionTable>(
  { name, about, examples, options }: Definition<T>,
  all: boolean,
): string {
  const groups = new Map<string, Row[]>();
  const rows = (group: string) => {
    if (!groups.has(group)) groups.set(group, []);
    return groups.get(group)!;
  };
  for (const [key, option] of Object.entries(options)) {
    if (typeof option !== "function") {
      const argument = argumentOf(option);
      // its name, of what kind it is, and what it is for
      const [, , ...said] = plain(Args.getHelp(option)).split(/\n\s*\n/);
      const about = said.filter((part) => !part.includes("repeated")).join(" ").trim();
      rows("Arguments").push({ left: argument, about, isRare: false });
    } else rows(option.help.group ?? OTHERS).push(rowOf(key, option.help));
  }
  // options without a heading stand last, with those that every command has
  const own = groups.get(OTHERS) ?? [];
  groups.delete(OTHERS);
  groups.set(OTHERS, [...own, ...SHARED]);
  const described = [...groups].flatMap(([group, rows]) => {
    const shown = rows.filter(({ isRare }) => all || !isRare);
    return shown.length === 0 ? [] : ["", group, ...shown.flatMap(all ? wrapped : inOneLine)];
  });
  return [
    ...wrap(about, WIDTH),
    "",
    `  dpc ${[name, ...usageOf(options), "[options]"].join(" ")}`,
    ...described,
    "",
    "Examples",
    ...Object.entries(examples).slice(0, all ? undefined : EXAMPLES).flatMap(([purpose, line]) =>
      [
        ...wrap(`# ${purpose}`, WIDTH - 2),
        ...wrap(line, WIDTH - 4).map((part, i, { length }) =>
          `${i === 0 ? "" : "  "}${part}${i < length - 1 ? " \\" : ""}`
        ),
      ].map((line) => `  ${line}`)
    ),
  ].map((line) => `${line}\n`).join("");
}

/** How the words that belong to no option are typed, such as `<run>`. */
export const usageOf = (options: OptionTable): readonly string[] =>
  Object.values(options).flatMap((option) =>
    typeof option === "function" ? [] : [argumentOf(option)]
  );

const argumentOf = (option: Args.Args<unknown>): string =>
  plain(Usage.getHelp(Args.getUsage(option)));

const plain = (doc: HelpDoc.HelpDoc): string =>
  stripVTControlCharacters(HelpDoc.toAnsiText(doc)).trim();

/** The longest form that stands beside a name; longer ones, of choices, follow what is said. */
const LONGEST_FORM = 12;

function rowOf(key: string, { name, about, form, standard, isRare = false }: OptionHelp): Row {
  const isLong = form.length > LONGEST_FORM;
  const left = `--${name ?? nameOf(key)} ${isLong ? "NAME" : form}`.trimEnd();
  const choices = isLong ? ` (${form.replaceAll("|", ", ")})` : "";
  return { left, about, choices, isRare, ...(standard === undefined ? {} : { standard }) };
}

/** The short sentence, with the default where there is room for it. */
function inOneLine({ left, about, choices = "", standard }: Row): readonly string[] {
  const [short = ""] = about.split(/[:;(]|\. /);
  const text = short.trim() + choices;
  const value = standard === undefined || standard === "" ? "" : ` [${standard}]`;
  const room = WIDTH - LEFT;
  const [first = ""] = wrap(text, room - 4);
  const cut = text.length <= room ? text : `${first.replace(/,$/, "")} ...`;
  const line = cut + (cut.length + value.length <= room ? value : "");
  return left.length + 3 <= LEFT
    ? [`  ${left}`.padEnd(LEFT) + line]
    : [`  ${left}`, "".padEnd(LEFT) + line];
}

/** All that there is to say. */
function wrapped({ left, about, choices = "", standard }: Row): readonly string[] {
  const value = standard === undefined || standard === "" ? "" : ` [default: ${standard}]`;
  const lines = wrap(about + choices + value, WIDTH - 6);
  return [`  ${left}`, ...lines.map((line) => `      ${line}`)];
}

/** The lines of a text, broken between words. */
function wrap(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  // a list that is too long for a line is broken behind its commas
  const words = text.split(/\s+/).flatMap((word) =>
    word.length <= width
      ? [` ${word}`]
      : word.split(/(?<=,)/).map((part, i) => i === 0 ? ` ${part}` : part)
  );
  for (const word of words) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + word.length <= width) {
      lines[lines.length - 1] = last + word;
    } else lines.push(word.trim());
  }
  return lines;
}
