/**
 * Accuracy against cost.
 *
 * @module
 */
import { Array } from "effect";
import type { Summary } from "../../results/mod.ts";
import type { Interval } from "../../statistics/mod.ts";
import { costTakeaway } from "../takeaways/mod.ts";
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
  readonly accuracy: number;
  readonly interval: Interval;
  readonly role: ReturnType<typeof roleOf>;
}

/**
 * Accuracy of each arm against the tokens that it generates for an answer; null without a measured arm.
 *
 * @param domain of the accuracies, the same as beside it
 */
export function costFigure(summary: Summary, domain: Interval): Html | null {
  const names = Object.keys(summary.arms);
  const short = names.every((name) => name.length <= SHORT_NAME);
  const points = names.flatMap((arm, at): readonly Point[] => {
    const { accuracy, interval: [low, high], tokens } = summary.arms[arm]!;
    const label = short ? arm : String(at + 1);
    return accuracy === null ? [] : [{
      ...{ arm, label, cost: tokens, accuracy: 100 * accuracy },
      interval: [100 * low, 100 * high],
      role: roleOf(summary, arm),
    }];
  });
  if (points.length === 0) return null;
  const most = Math.max(...points.map(({ cost }) => cost));
  const labels = spread(short ? points : grouped(points), domain);
  const color = ({ role }: Point) => role === "spoken" ? "var(--accent)" : "var(--dim)";
  const marginRight = 16 + 7 * Math.max(...labels.map(({ label }) => label.length));
  return figure({
    title: "Accuracy against cost",
    takeaway: costTakeaway(summary),
    caption:
      "Left is cheaper, up is better. Tokens are all that an arm generates for an answer, corrections included; bars are 95 % intervals.",
    label: `Accuracy against tokens per answer: ${
      points.map(({ arm, accuracy, cost }) =>
        `${arm} ${accuracy.toFixed(1)} % for ${cost.toFixed(0)}`
      ).join(", ")
    }`,
    ...(short ? {} : { list: numbers(points) }),
    data: {
      columns: ["arm", "tokens per answer", "accuracy, %", "interval low", "interval high"],
      rows: points.map(({ arm, cost, accuracy, interval }) => [arm, cost, accuracy, ...interval]),
    },
    plot: {
      ...SIZE,
      width: WIDTH,
      marginRight,
      x: { label: "tokens per answer →", domain: [0, 1.05 * most], ticks: 5 },
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
        Plot.ruleX(points, {
          x: "cost",
          y1: ({ interval }: Point) => interval[0],
          y2: ({ interval }: Point) => interval[1],
          stroke: color,
          strokeWidth: 1.5,
        }),
        Plot.dot(points, {
          x: "cost",
          y: "accuracy",
          r: 4.5,
          fill: (point: Point) => point.role === "reference" ? "var(--panel)" : color(point),
          stroke: color,
          strokeWidth: 1.5,
          title: ({ arm, accuracy, cost }: Point) =>
            `${arm}: ${accuracy.toFixed(1)} % for ${cost.toFixed(1)} tokens`,
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
    ({ cost, accuracy }) => `${cost.toFixed(0)} ${accuracy.toFixed(1)}`,
  );
  return Object.values(places).map((group) => ({
    ...group[0],
    label: group.map(({ label }) => label).join(", "),
  }));
}

/** What the numbers stand for. */
function numbers(points: readonly Point[]): Html {
  const items = points.map(({ arm, accuracy, cost, role }) => {
    const words = `${arm} (${Table.percent(accuracy / 100)} %, ${cost.toFixed(0)} tokens)`;
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
