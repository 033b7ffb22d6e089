/**
 * What tokenizer.json puts around the tokens of a text.
 *
 * @module
 */
import { make, type Makers, type Part, partsOf } from "./part.ts";

/** Adds special tokens to the ids of a text. */
export type PostProcessor = (ids: readonly number[]) => readonly number[];

/** The post-processor of a part, or none. */
export const postProcessor = (part: Part | null | undefined): PostProcessor =>
  part ? make("PostProcessor", POST_PROCESSORS, part) : (ids) => ids;

const POST_PROCESSORS: Makers<PostProcessor> = {
  ByteLevel: () => (ids) => ids,
  BertProcessing: around,
  RobertaProcessing: around,
  TemplateProcessing: template,
  Sequence: (part) => {
    const each = partsOf(part, "processors").map(postProcessor);
    return (ids) => each.reduce((processed, process) => process(processed), ids);
  },
};

function around(part: Part): PostProcessor {
  const { cls, sep } = part as { readonly cls: [string, number]; readonly sep: [string, number] };
  return (ids) => [cls[1], ...ids, sep[1]];
}

interface TemplateItem {
  readonly SpecialToken?: { readonly id: string };
  readonly Sequence?: { readonly id: string };
}

/** Tokens that a template may add. */
const MOST_ADDED = 1000;

/** A special token of a template may be several, and has the ids given beside the template. */
function template(part: Part): PostProcessor {
  const special = part["special_tokens"] as Readonly<Record<string, { ids: readonly number[] }>>;
  const items = partsOf(part, "single").map(({ SpecialToken: token }: TemplateItem) => {
    if (token === undefined) return undefined;
    if (!Object.hasOwn(special, token.id)) throw new Error(`its template lacks ${token.id}`);
    return special[token.id]!.ids;
  });
  const added = items.reduce((sum, item) => sum + (item?.length ?? 0), 0);
  if (items.filter((item) => item === undefined).length !== 1 || added > MOST_ADDED) {
    throw new Error("its template must hold a text once and few tokens around it");
  }
  return (ids) => items.flatMap((item) => item ?? ids);
}
