/**
 * A report as one HTML file that asks nothing of the network: style, script and data inside, and a policy that lets nothing else run.
 *
 * @module
 */
import { createHash } from "node:crypto";
import type { Summary } from "../results/mod.ts";
import type { Assets } from "./assets.ts";
import { Html, jsonScript, markup } from "./html/mod.ts";
import {
  type ArmTime,
  type PackedInstances,
  type PromptAnalyses,
  runFacts,
} from "./run_data/mod.ts";
import * as Page from "./pages/mod.ts";
import type { RunFile } from "../run/mod.ts";

/** What a report is made of. */
export interface ReportParts {
  /** Names the run. */
  readonly name: string;
  readonly run: RunFile;
  readonly summary: Summary;
  readonly analyses: PromptAnalyses;
  readonly times: readonly ArmTime[];
  readonly instances: PackedInstances;
  readonly assets: Assets;
}

/** Pages in the order of the keys that open them. */
const PAGES = [
  ["overview", "Overview"],
  ["triggers", "Triggers"],
  ["flow", "Flow"],
  ["instances", "Instances"],
  ["run", "Run"],
] as const;

/** The arm whose answers are the first ones, as in results.json. */
const AGAINST = "pt";

/** The whole document; the script stands before the instances, so that the page is there before they are read. */
export function document(parts: ReportParts): string {
  const { name, run, summary, analyses, times, instances, assets } = parts;
  const { style, script } = { style: raw(assets.style), script: raw(assets.script) };
  const policy = [
    "default-src 'none'",
    `style-src ${hash(style)}`,
    `script-src ${hash(script)}`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join("; ");
  const facts = runFacts(run);
  const content = {
    overview: Page.overviewPage(summary, analyses, facts, times),
    triggers: Page.triggerPage(summary, analyses, facts),
    flow: Page.flowPage(analyses),
    instances: Page.instancesPage(summary, analyses, instances),
    run: Page.runPage(run, times),
  };
  const title = `${name}: ${summary.task}`;
  const links = PAGES.map(([id, label], i) =>
    markup`<a href="#${id}">${label}<kbd aria-hidden="true">${i + 1}</kbd></a>`
  );
  const sections = PAGES.map(([id, label]) => {
    const heading = markup`<h2 id="${id}-title">${label}</h2>`;
    return markup`<section id="${id}" aria-labelledby="${id}-title">${heading}\n${
      content[id]
    }</section>\n`;
  });
  const blocks = instances.blocks.map((block) =>
    markup`<script type="text/plain" class="block">${block}</script>\n`
  );
  const meta = jsonScript({ name, against: AGAINST, arms: Object.keys(summary.arms) });
  return markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<style>${style}</style>
</head>
<body>
<header><h1>${title}</h1><nav aria-label="Pages">${links}</nav></header>
<main>
${sections}</main>
<script type="application/json" id="meta">${meta}</script>
<script>${script}</script>
${blocks}</body>
</html>
`.text;
}

/** Text that stands in the document as it is; a browser would read a carriage return as a line feed, which the hash would not match. */
function raw(text: string): Html {
  return new Html(text.replaceAll("\r\n", "\n"));
}

function hash({ text }: Html): string {
  return `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
}
