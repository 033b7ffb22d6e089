/**
 * What was run: model, prompts, data, command, date.
 *
 * @module
 */
import type { Summary } from "../../results/mod.ts";
import { code, type Html, markup, type Part } from "../html/mod.ts";
import type { RunFacts } from "../run_data/mod.ts";

/** The facts of a run; those that it does not record are left out. */
export function factList(summary: Summary, facts: RunFacts): Html {
  const entries: Readonly<Record<string, Part>> = {
    Model: model(facts),
    Prompts: prompts(summary, facts),
    Data: data(summary, facts),
    Template: template(facts),
    Command: facts.session.command === undefined ? null : code(facts.session.command),
    Date: date(facts),
    Version: version(facts),
  };
  const list = Object.entries(entries).flatMap(([name, value]) =>
    value === null ? [] : [markup`<dt>${name}</dt><dd>${value}</dd>\n`]
  );
  return markup`<dl class="facts">${list}</dl>`;
}

function model({ config, session }: RunFacts): Part {
  if (session.model === undefined && config.model === undefined) return null;
  const device = config.device === undefined ? "" : `, on ${config.device}`;
  const commit = session.commit === undefined ? null : markup`, commit ${hash(session.commit)}`;
  const adapter = config.adapter === undefined
    ? null
    : markup` with the adapter ${session.adapter ?? ""} ${hash(config.adapter)}`;
  return markup`${session.model ?? ""} ${hash(config.model)}${commit}${adapter}${device}`;
}

function prompts({ prompts }: Summary, { config }: RunFacts): Part {
  const recorded = new Map(config.prompts?.map((prompt) => [prompt?.name, prompt]));
  const items = prompts.map((name, i) => {
    const prompt = recorded.get(name);
    return markup`${i === 0 ? "" : ", "}${name}${
      prompt?.method === "prefix" ? " (prefix tuning)" : ""
    } ${hash(prompt?.sha256)}`;
  });
  const [calibration] = config.prompts?.map((prompt) => prompt?.calibration) ?? [];
  const { rows, split } = calibration ?? {};
  const calibrated = rows === undefined ? "" : `; calibrated on ${rows} rows of ${split ?? "?"}`;
  return items.length === 0 ? null : markup`${items}${calibrated}`;
}

function data(
  { task, n, failed, answers }: Summary,
  { config: { data }, session: { dataCommit } }: RunFacts,
): Part {
  const parts = [
    data?.path,
    data?.split,
    `${n} ${n === 1 ? "example" : "examples"}`,
    answers === undefined ? undefined : `${answers} answers to each`,
    data?.limit === undefined ? undefined : `--limit ${data.limit}`,
    data?.shuffleSeed === undefined ? undefined : `--shuffle ${data.shuffleSeed}`,
    failed === 0 ? undefined : `${failed} failed (errors.jsonl)`,
  ].filter((part) => part !== undefined);
  const commit = dataCommit === undefined ? null : markup`, commit ${hash(dataCommit)}`;
  return markup`${task}: ${parts.join(", ")} ${hash(data?.sha256)}${commit}`;
}

function template({ config: { template } }: RunFacts): Part {
  if (template === undefined) return null;
  const shots = template.shots?.length ?? 0;
  return `${template.name}, ${shots === 0 ? "no worked example" : `${shots} worked examples`}`;
}

function date({ session: { time }, sessions }: RunFacts): Part {
  if (time === undefined) return null;
  const more = sessions > 1 ? `, continued in ${sessions - 1} more` : "";
  return markup`<time datetime="${time}">${time.slice(0, 16).replace("T", " ")} UTC</time>${more}`;
}

function version({ session: { version, revision } }: RunFacts): Part {
  return version === undefined ? null : markup`${version} ${hash(revision ?? undefined)}`;
}

/** The beginning of a hash, which tells two apart; the Run page has all of it. */
const hash = (text: string | undefined): Part =>
  text === undefined ? null : markup`<code title="${text}">${text.slice(0, 8)}</code>`;
