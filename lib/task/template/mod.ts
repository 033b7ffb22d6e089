/**
 * Prompt templates, also of the user's own, their worked examples, and chat templates.
 *
 * @module
 */
export { ChatError, type ChatOptions, type ChatTemplate, inChat } from "./chat.ts";
export { fromJinja, TemplateError } from "./from_jinja.ts";
export { MATH_TEMPLATES } from "./math.ts";
export { NUMERIC_TEMPLATES, PLAIN } from "./numeric.ts";
export { CHOICE } from "./shots.ts";
export * as Template from "./template.ts";
export type { Prompt } from "./template.ts";
