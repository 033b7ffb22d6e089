/**
 * Worked examples written for this project; none is from a dataset.
 *
 * @module
 */
import type { Example } from "../dataset/mod.ts";

type Shot = Pick<Example, "question" | "gold" | "options"> & { readonly rationale: string };

/** Grade-school arithmetic. The rationale ends before the answer, which each template writes in its own way. */
export const ARITHMETIC: readonly Example[] = numbered("arithmetic", [
  {
    question:
      "A ferry carries 14 cars on its lower deck and 9 cars on its upper deck. It makes 6 full trips a day. How many cars does it carry in a day?",
    rationale:
      "The ferry carries 14 + 9 = 23 cars on one trip.\nIn 6 trips it carries 23 * 6 = 138 cars.",
    gold: "138",
  },
  {
    question:
      "Mira knits a scarf of 180 rows. She knits 24 rows every evening from Monday to Friday and the rest on Saturday. How many rows does she knit on Saturday?",
    rationale:
      "From Monday to Friday there are 5 evenings.\nIn them Mira knits 24 * 5 = 120 rows.\nOn Saturday she knits 180 - 120 = 60 rows.",
    gold: "60",
  },
  {
    question:
      "A choir buys 45 song books at $8 each. The shop takes a quarter off the price of the whole order. How many dollars does the choir pay?",
    rationale:
      "Without the discount the books cost 45 * 8 = 360 dollars.\nA quarter of that is 360 / 4 = 90 dollars.\nThe choir pays 360 - 90 = 270 dollars.",
    gold: "270",
  },
  {
    question:
      "Tomas is 3 times as old as his niece. In 8 years he will be 44. How old is his niece now?",
    rationale: "Now Tomas is 44 - 8 = 36 years old.\nHis niece is 36 / 3 = 12 years old.",
    gold: "12",
  },
]);

/** Multiple choice in algebra; gold is the letter. */
export const CHOICE: readonly Example[] = numbered("choice", [
  {
    question:
      "A tap fills a basin of 36 litres in 9 minutes. How many litres does it give in 25 minutes?",
    options: ["84", "90", "100", "108", "120"],
    rationale:
      "The tap gives 36 / 9 = 4 litres a minute. In 25 minutes it gives 4 * 25 = 100 litres.",
    gold: "C",
  },
  {
    question: "If 3x - 7 = 2(x + 4), what is x?",
    options: ["15", "11", "1", "-1", "None of these"],
    rationale: "The right side is 2x + 8. Taking 2x away and adding 7 on both sides gives x = 15.",
    gold: "A",
  },
  {
    question:
      "The price of a lamp rises by 20% and then falls by 20%. By how much has it changed in all?",
    options: ["0%", "2% up", "2% down", "4% up", "4% down"],
    rationale:
      "The price is multiplied by 1.2 and then by 0.8, which is 0.96 in all. So it has fallen by 4%.",
    gold: "E",
  },
]);

/** Competition problems; gold is LaTeX. */
export const MATHEMATICS: readonly Example[] = numbered("mathematics", [
  {
    question: "Find the sum of all real solutions of $x^2 - 9x + 14 = 0$.",
    rationale:
      "The quadratic factors as $(x - 2)(x - 7) = 0$, so its solutions are $2$ and $7$. Their sum is $2 + 7 = \\boxed{9}$.",
    gold: "9",
  },
  {
    question:
      "Two fair coins and one fair six-sided die are thrown. What is the probability that both coins show heads and the die shows an even number? Give a common fraction.",
    rationale:
      "Both coins show heads with probability $\\frac{1}{2} \\cdot \\frac{1}{2} = \\frac{1}{4}$. The die is even with probability $\\frac{1}{2}$. The three are independent, so the probability is $\\frac{1}{4} \\cdot \\frac{1}{2} = \\boxed{\\frac{1}{8}}$.",
    gold: "\\frac{1}{8}",
  },
  {
    question: "For which real numbers $t$ is $2t + 3 < 11$ and $t \\ge -1$? Give an interval.",
    rationale:
      "The first inequality gives $2t < 8$, so $t < 4$. Together with $t \\ge -1$ the numbers are those of $\\boxed{[-1, 4)}$.",
    gold: "[-1, 4)",
  },
  {
    question:
      "A right triangle has legs of length $2$ and $6$. What is the length of its hypotenuse, in simplest radical form?",
    rationale:
      "By the theorem of Pythagoras the square of the hypotenuse is $2^2 + 6^2 = 40$. Its length is $\\sqrt{40} = \\boxed{2\\sqrt{10}}$.",
    gold: "2\\sqrt{10}",
  },
]);

function numbered(kind: string, shots: readonly Shot[]): readonly Example[] {
  return shots.map((shot, index) => ({ ...shot, id: `${kind}-${index}`, strata: {} }));
}
