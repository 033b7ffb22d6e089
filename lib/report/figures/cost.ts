/**
 * Accuracy against cost.
 *
 * @module
 */
import { Array, Order } from "effect";
import type { Summary } from "../../results/mod.ts";
import type { Interval } from "../../statistics/mod.ts";
import { costTakeaway } from "../takeaways/mod.ts";
import type { ArmTime } from "../run_data/mod.ts";
import { Table } from "../../terminal/mod.ts";
import { type Html, instancesAddress, markup } from "../html/mod.ts";
import { roleOf } from "./arms.ts";
import { figure, Plot, WIDTH } from "./figure.ts";
import { linked } from "./intervals.ts";

/** Longest names that stand in the figure; longer ones get a number. */
const SHORT_NAME = 12;

const SIZE = { height: 260, marginTop: 24, marginBottom: 38, marginLeft: 40 };

/** Pixels between labels. */
const LINE = 14;

interface Point {
  readonly arm: string;
  readonly label: string;
  readonly cost: number;
  /** The cost as it is read. */
  readonly shown: string;
  readonly accuracy: number;
  readonly interval: Interval;
  readonly role: ReturnType<typeof roleOf>;
}

/** What an arm's answers cost. */
interface Cost {
  readonly title: string;
  readonly caption: string;
  /** What it is counted in, behind a number. */
  readonly unit: string;
  /** A number as it is read. */
  readonly show: (cost: number) => string;
}

const BARS = "Left is cheaper, up is better; bars are 95 % intervals.";

const TOKENS: Cost = {
  title: "Accuracy against cost",
  caption: `Tokens are all that an arm generates for an answer, corrections included. ${BARS}`,
  unit: "tokens",
  show: (cost) => cost.toFixed(0),
};

const SECONDS: Cost = {
  title: "Accuracy against time",
  caption:
    `Seconds of the engine's work on an answer, without waiting, as if the arm were run alone: what arms share is counted for each. ${BARS}`,
  unit: "seconds",
  show: (cost) => cost.toPrecision(2),
};

/**
 * Accuracy of each arm against the tokens that it generates for an answer; null without a measured arm.
 *
 * @param domain of the accuracies, the same as beside it
 */
export const costFigure = (summary: Summary, domain: Interval): Html | null =>
  figureOf(summary, domain, TOKENS, costTakeaway(summary), (arm) => summary.arms[arm]!.tokens);

/**
 * Accuracy of each arm against the seconds of work on an answer; null where the samples do not say them.
 *
 * @param domain of the accuracies, the same as beside it
 */
export function timeFigure(
  summary: Summary,
  domain: Interval,
  times: readonly ArmTime[],
): Html | null {
  const work = new Map(times.map(({ arm, work }) => [arm, work]));
  return figureOf(summary, domain, SECONDS, "", (arm) => work.get(arm));
}

function figureOf(
  summary: Summary,
  domain: Interval,
  { title, caption, unit, show }: Cost,
  takeaway: string,
  costOf: (arm: string) => number | undefined,
): Html | null {
  const names = Object.keys(summary.arms);
  const short = names.every((name) => name.length <= SHORT_NAME);
  const points = names.flatMap((arm, at): readonly Point[] => {
    const { accuracy, interval: [low, high] } = summary.arms[arm]!;
    const cost = costOf(arm);
    const label = short ? arm : String(at + 1);
    return accuracy === null || cost === undefined ? [] : [{
      ...{ arm, label, cost, shown: `${show(cost)} ${unit}`, accuracy: 100 * accuracy },
      interval: [100 * low, 100 * high],
      role: roleOf(summary, arm),
    }];
  });
  if (points.length === 0) return null;
  // what the run is about is drawn over arms at the same place
  const drawn = Array.sortBy(Order.mapInput(Order.boolean, ({ role }: Point) => role === "spoken"))(
    points,
  );
  const most = Math.max(...points.map(({ cost }) => cost));
  const labels = spread(short ? points : grouped(points), domain);
  const color = ({ role }: Point) => role === "spoken" ? "var(--accent)" : "var(--dim)";
  const marginRight = 16 + 7 * Math.max(...labels.map(({ label }) => label.length));
  return figure({
    title,
    takeaway,
    caption,
    label: `${title}: ${
      points.map(({ arm, accuracy, shown }) => `${arm} ${accuracy.toFixed(1)} % for ${shown}`)
        .join(", ")
    }`,
    ...(short ? {} : { list: numbers(points) }),
    data: {
      columns: ["arm", `${unit} per answer`, "accuracy, %", "interval low", "interval high"],
      rows: points.map(({ arm, cost, accuracy, interval }) => [arm, cost, accuracy, ...interval]),
    },
    plot: {
      ...SIZE,
      width: WIDTH,
      marginRight,
      x: { label: `${unit} per answer →`, domain: [0, 1.05 * most], ticks: 5 },
      y: { label: "↑ accuracy, %", domain, ticks: 5, grid: true },
      marks: [
        Plot.link(labels, {
          x1: "cost",
          y1: "accuracy",
          x2: 1.05 * most,
          y2: "at",
          stroke: color,
          strokeOpacity: 0.5,
          strokeDasharray: "2 2",
        }),
        Plot.ruleX(drawn, {
          x: "cost",
          y1: ({ interval }: Point) => interval[0],
          y2: ({ interval }: Point) => interval[1],
          stroke: color,
          strokeWidth: 1.5,
        }),
        Plot.dot(drawn, {
          x: "cost",
          y: "accuracy",
          r: 4.5,
          fill: (point: Point) => point.role === "reference" ? "var(--panel)" : color(point),
          stroke: color,
          strokeWidth: 1.5,
          title: ({ arm, accuracy, shown }: Point) =>
            `${arm}: ${accuracy.toFixed(1)} % for ${shown}`,
          ...linked(({ arm }: Point) => instancesAddress({ arm })),
        }),
        Plot.text(labels, {
          y: "at",
          text: "label",
          frameAnchor: "right",
          textAnchor: "start",
          dx: 5,
          fill: "currentColor",
        }),
      ],
    },
  });
}

/** Points that a figure cannot tell apart, with all their numbers. */
function grouped(points: readonly Point[]): readonly Point[] {
  const places = Array.groupBy(
    points,
    ({ shown, accuracy }) => `${shown} ${accuracy.toFixed(1)}`,
  );
  return Object.values(places).map((group) => ({
    ...group[0],
    label: group.map(({ label }) => label).join(", "),
  }));
}

/** What the numbers stand for. */
function numbers(points: readonly Point[]): Html {
  const items = points.map(({ arm, accuracy, shown, role }) => {
    const words = `${arm} (${Table.percent(accuracy / 100)} %, ${shown})`;
    return role === "spoken" ? markup`<li><b>${words}</b></li>` : markup`<li>${words}</li>`;
  });
  return markup`<ol class="numbers">${items}</ol>`;
}

/** Where on the axis the label of each point stands, so that none covers another. */
function spread(points: readonly Point[], [low, high]: Interval) {
  const room = SIZE.height - SIZE.marginTop - SIZE.marginBottom;
  const ordered = [...points].sort((a, b) => b.accuracy - a.accuracy);
  const places: number[] = [];
  for (const { accuracy } of ordered) {
    const place = ((high - accuracy) / (high - low)) * room;
    places.push(Math.max(place, (places.at(-1) ?? -Infinity) + LINE));
  }
  for (let at = places.length - 1, most = room; at >= 0; at--, most = places[at + 1]! - LINE) {
    places[at] = Math.min(places[at]!, most);
  }
  return ordered.map((point, at) => ({
    ...point,
    at: high - (places[at]! / room) * (high - low),
  }));
}
