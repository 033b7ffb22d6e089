/**
 * Where a text states its answer in so many words: "the answer is", "Answer:", a heading "Final Answer".
 *
 * @module
 */

/** What stands before "answer" where it is somebody else's, one of many, or a mere condition. */
const OTHERS =
  /(?:['’]s?|\b(?:his|her|their|its|other|another|first|second|third|wrong|incorrect|previous|earlier|original|each|every|per|any|no|one|an?|student|(?:an?|each|every|per|no|many|of|number of|all) (?:correct|right))) $|\b(?:if|whether|suppose|assuming|unless|until|when)(?: that)? (?:the |our |my )?(?:final |correct )?$/i;

/** Between "answer" and its verb: a clause, a calculation or a denial, and no "to the question". */
const OTHER_SUBJECT =
  /(?<!(?:question|problem|part|nearest) \(?)\d(?! ?(?:decimal|significant|\)))|\b(?:choices?|options?|key|sheet|which|that|who|we|he|she|they|you|I|since|because|so|then|divided?|if|not|cannot|never|neither)\b|n['’]t\b|^[^,]*,[^,]*$/i;

const QUOTES = String.raw`["'“”*_ ]{0,4}`;

/**
 * "answer is", "answer to the question is", "answers are"; "Answer:", "answer =", and "answer" in quotes; a line that is a heading
 * "Final Answer", or that starts with "A:"; the same in the languages of MGSM.
 */
const ANSWER = new RegExp(
  [
    String
      .raw`\b(answers?)\b(${QUOTES}[^.:=\n]{0,80}?)\b(?:(?:is|are|was|be)(?:n['’]t)?|equals|becomes|comes (?:out )?to|turns out to be)\b:?`,
    String.raw`\b(answers?)\b( ?(?:\([^()\n]{0,40}\))?)${QUOTES}[:=：]`,
    String.raw`^[#*_ ]{0,8}(?:final )?answer[*_ ]{0,4}$`,
    String.raw`^[*_ ]{0,4}A:`,
    String.raw`<answer>`,
    "答案(?:是|为|為|[:：])|答えは|(?:la )?respuesta(?: final)? es|réponse(?: finale)? est|Antwort (?:ist|lautet)|Ответ[:：—-]|resposta(?: final)? é|উত্তর(?: হল|[:：])|คำตอบคือ",
  ].join("|"),
  "gim",
);

/** A denial between "answer" and what it is. */
export const DENIAL = /\b(?:not|cannot|never)\b|n['’]t\b/i;

/** Where the answer is stated. */
export interface Statement {
  /** Offset of what follows. */
  readonly at: number;
  /** The statement says that the answer is not what follows. */
  readonly denies: boolean;
}

/** Finds all statements, in order. */
export function findStatements(text: string): readonly Statement[] {
  const found: Statement[] = [];
  for (const match of text.matchAll(ANSWER)) {
    const [all, subject, between = "", label] = match;
    const word = subject ?? label;
    const before = text.slice(Math.max(0, match.index - 24), match.index);
    const at = match.index + all.length;
    if (word !== undefined && isOthers(before, word)) continue;
    const denies = DENIAL.test(between) || DENIAL.test(text.slice(at - 6, at + 6));
    if (subject !== undefined && !denies && OTHER_SUBJECT.test(between)) continue;
    found.push({ at, denies });
  }
  return found;
}

/** Whether a word is not the answer to the question: "Ben's answer", "12 correct answers", "he answers". */
function isOthers(before: string, word: string): boolean {
  if (OTHERS.test(before)) return true;
  const isPlural = word.toLowerCase() === "answers";
  return isPlural &&
    !/(?:^|\n|\b(?:the|final|our|my|these|both|two)(?: final)?) ?\W{0,4}$/i.test(before);
}
