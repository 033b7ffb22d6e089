/**
 * What differs from prompt to prompt: one panel each, of which the browser script shows the chosen one.
 *
 * @module
 */
import { type Html, markup } from "../html/mod.ts";

/** Panels by the prompt's name; a single one stands alone. */
export function promptPanels(panels: Readonly<Record<string, Html>>): Html {
  const entries = Object.entries(panels);
  if (entries.length < 2) return markup`${entries.map(([, content]) => content)}`;
  const options = entries.map(([name]) => markup`<option value="${name}">${name}</option>`);
  const sections = entries.map(([name, content]) =>
    markup`<div class="panel" data-prompt="${name}"><h3>Prompt ${name}</h3>\n${content}</div>\n`
  );
  return markup`<p class="choice"><label>Prompt <select class="prompts" autocomplete="off">${options}</select></label>
<span class="note">Positions and scores of one prompt mean nothing under another, so each prompt is shown by itself.</span></p>
${sections}`;
}
