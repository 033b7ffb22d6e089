/**
 * The part of a generation that is the model's own answer to its own question: without what it thought, and without the next question
 * that it went on with. Every extractor reads this and nothing else.
 *
 * @module
 */
import { withoutThinking } from "./thinking.ts";

/** Marks with which chat models end their turn; a text decoded with special tokens may hold them. */
export const TURN_ENDS = [
  "</s>",
  "<|im_end|>",
  "<|im_start|>",
  "<|eot_id|>",
  "<|endoftext|>",
  "<end_of_turn>",
] as const;

/** What the model says, and how. */
export interface OwnAnswer {
  /** Its text, up to the next question. */
  readonly text: string;
  /** Nothing was cut off after it: a generation that ended at the token limit ended in this text. */
  readonly isWhole: boolean;
  /** What a JSON object in the text gives as its answer. */
  readonly field?: string;
}

/**
 * Reads a generation.
 *
 * @param question the example's: a heading before words of it restates it and ends nothing
 * @returns undefined where the model has not ended its thinking
 */
export function ownAnswer(text: string, question: string): OwnAnswer | undefined {
  const said = withoutThinking(text);
  if (said === undefined) return undefined;
  const own = beforeNextQuestion(said, question);
  const field = answerField(own);
  return {
    text: own,
    isWhole: own.length === said.length,
    ...(field === undefined ? {} : { field }),
  };
}

/** How prompts lead a question in: templates of this project, of lm-evaluation-harness, and of MGSM in eleven languages. */
const LEADS = [
  "Question",
  "Problem",
  "Pregunta",
  "Frage",
  "Вопрос",
  "Задача",
  "Swali",
  "Domanda",
  "Pergunta",
  "问题",
  "問題",
  "โจทย์",
  "প্রশ্ন",
  "ప్రశ్న",
  "질문",
  "سؤال",
  "السؤال",
];

/**
 * A lead on a line of its own, with or without Markdown and a number. "Q:" may be a person's name: it leads in only after a blank line,
 * or where a question mark follows on its line.
 */
const NEXT_QUESTION = new RegExp(
  String.raw`\n[#*>_ \t]{0,8}(?:(?:${LEADS.join("|")})(?: ?\d{1,3})?\*{0,2} ?[:：]` +
    String
      .raw`|(?<=\n\n[#*>_ \t]{0,8})Q ?\d{0,3}\*{0,2}[:：]|Q ?\d{0,3}\*{0,2}[:：](?=[^\n]{12,400}\?))`,
  "g",
);

/** Characters of what follows a mark that are looked for in the question. */
const SHOWN = 120;
/** Fewer are too few to know words of the question by. */
const LEAST = 10;

/**
 * The text before the first lead or turn end that follows something other than blanks: what comes after is the next question of a model
 * that has gone on with its few-shot prompt. A lead before words of the example's own question is a heading of its solution, and no end.
 */
function beforeNextQuestion(text: string, question: string): string {
  const start = text.length - text.trimStart().length + 1;
  const turn = TURN_ENDS.map((mark) => text.indexOf(mark, start)).filter((at) => at >= 0);
  const end = Math.min(text.length, ...turn);
  if (!text.includes(":") && !text.includes("：")) return text.slice(0, end);
  const asked = question.toLowerCase().replace(/\s+/g, " ");
  NEXT_QUESTION.lastIndex = start;
  for (let lead = NEXT_QUESTION.exec(text); lead !== null; lead = NEXT_QUESTION.exec(text)) {
    if (lead.index >= end) break;
    const from = lead.index + lead[0].length;
    const next = text.slice(from, from + SHOWN).replace(/^[*\s]+|\n[^]*/g, "").trim().toLowerCase();
    if (next.length <= LEAST || !asked.includes(next)) return text.slice(0, lead.index);
  }
  return text.slice(0, end);
}

/** A key "answer" of a JSON object, or of a Python dictionary, with its value. */
const FIELD =
  /[{,]\s{0,20}(["'])(?:final|correct)?[ _]?(?:answer|choice)\1\s{0,4}:\s{0,4}(?:"((?:[^"\\\n]|\\.){1,400})"|'([^'\n]{1,400})'|(-?\d[\d.,]{0,40}(?:e[+-]?\d{1,3})?)\s{0,20}[,}])/gi;

function answerField(text: string): string | undefined {
  if (!text.includes("{")) return undefined;
  const [, , quoted, single, bare] = Array.from(text.matchAll(FIELD)).at(-1) ?? [];
  return quoted === undefined ? single ?? bare : unescape(quoted);
}

/** The text of a JSON string; LaTeX that was not escaped stays as it is. */
function unescape(text: string): string {
  return text.replace(/\\(["\\/])/g, "$1").replace(
    /\\n/g,
    (_, at: number) => /\\n[a-z]/.test(text.slice(at, at + 3)) ? "\\n" : "\n",
  );
}
