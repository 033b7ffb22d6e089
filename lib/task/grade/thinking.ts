/**
 * What a model says after it has thought: the text without the part between thinking tags.
 *
 * @module
 */

/** How models mark what they think. */
const TAGS: readonly (readonly [open: string, close: string])[] = [
  // <think>, <thinking>, <reasoning>: DeepSeek R1, Qwen3, Claude's and others' prompts
  [
    String.raw`<(?:think|thinking|thought|thoughts|reasoning|scratchpad)(?:\s[^<>]{0,80})?>`,
    String.raw`<\/(?:think|thinking|thought|thoughts|reasoning|scratchpad)\s{0,4}>`,
  ],
  // <|begin_of_thought|>: Sky-T1, OpenThinker
  [String.raw`<\|begin_of_(?:thought|thinking)\|>`, String.raw`<\|end_of_(?:thought|thinking)\|>`],
  [String.raw`<seed:think>`, String.raw`<\/seed:think>`],
  // [THINK]: Magistral
  [String.raw`\[THINK\]`, String.raw`\[\/THINK\]`],
  // Kimi
  [String.raw`◁think▷`, String.raw`◁\/think▷`],
  // gpt-oss: what follows the channel "final" is the answer
  [
    String.raw`<\|channel\|>(?:analysis|commentary)\b[^<>]{0,80}<\|message\|>`,
    String.raw`<\|channel\|>final\b[^<>]{0,80}<\|message\|>`,
  ],
];
const TAG = new RegExp(TAGS.flat().join("|"), "gi");
const CLOSING = new RegExp(`^(?:${TAGS.map(([, close]) => close).join("|")})$`, "i");

/** How every tag begins; "<<6*2=12>>" is none. */
const ANY = /<[/a-z|]|\[\/?T|◁/i;

/**
 * The answer of a text in which a model has thought: what follows the last closing tag; where nothing follows it, what stands before
 * the first opening tag, or before a closing one without an opening one.
 *
 * @returns undefined where thinking is begun and never ended: there is no answer yet
 */
export function withoutThinking(text: string): string | undefined {
  if (!ANY.test(text)) return text;
  const tags = Array.from(text.matchAll(TAG), ({ 0: tag, index }) => ({
    start: index,
    end: index + tag.length,
    closes: CLOSING.test(tag),
  }));
  const [first, last] = [tags[0], tags.at(-1)];
  if (first === undefined || last === undefined) return text;
  if (!last.closes) return undefined;
  const after = text.slice(last.end);
  return after.trim() === "" ? text.slice(0, first.start) : after;
}
