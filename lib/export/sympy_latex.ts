/**
 * How much of a text SymPy's `parse_latex` (1.14, ANTLR grammar) reads, which lm-evaluation-harness compares MATH's answers with: it stops
 * without a word where its grammar ends ("3,\infty" is 3, "52_8" is 52), and fails inside of a bracket ("(2,4)").
 *
 * @module
 */

/** What is read, in LaTeX with every brace; a relation can be compared with nothing. */
export type SympyReading =
  | { readonly kind: "expression"; readonly latex: string }
  | { readonly kind: "relation" | "unreadable" };

const TOKEN =
  /\s+|\\(?:[,:;!-]|(?:left|right|quad|qquad|thinspace|negthinspace)(?![a-zA-Z]))|\\[a-zA-Z]+|\\[{}|]|[a-zA-Z]|\d|[^]/gy;
const SKIPPED = /^(?:\s+|\\(?:[,:;!-]|left|right|quad|qquad|thinspace|negthinspace))$/;

/** Tokens that the grammar knows, commands aside. */
const KNOWN = /^(?:[a-zA-Z]|\d|\\[a-zA-Z]+|\\[{}|]|[-+*/^_=<>(){}[\],:!|'])$/;

const FUNCTIONS =
  /^\\(?:exp|log|lg|ln|sin|cos|tan|csc|sec|cot|arcsin|arccos|arctan|arccsc|arcsec|arccot|sinh|cosh|tanh|arsinh|arcosh|artanh)$/;
const RELATIONS = new Set([
  "=",
  "<",
  ">",
  "\\lt",
  "\\le",
  "\\leq",
  "\\leqq",
  "\\leqslant",
  "\\gt",
  "\\ge",
  "\\geq",
  "\\geqq",
  "\\geqslant",
  "\\neq",
]);
const OPERATORS = new Set(["*", "/", "\\times", "\\cdot", "\\div", ":"]);
/** Commands with a meaning of their own in the grammar: no symbols. */
const RESERVED =
  /^\\(?:frac|dfrac|tfrac|binom|dbinom|tbinom|sqrt|int|sum|prod|lim|overline|mathit|langle|rangle|lfloor|rfloor|lceil|rceil|limits|to|cdot|times|div|lt|gt|le|leq|leqq|leqslant|ge|geq|geqq|geqslant|neq)$/;

/** The grammar expects something else here. */
class Unreadable extends Error {}

/** A character that is no token: an error wherever it is seen. */
class UnknownToken extends Unreadable {}

/** Reads as much as SymPy does. */
export function readAsSympy(text: string): SympyReading {
  if (!hasWholeMatrices(text)) return { kind: "unreadable" };
  const reader = new Reader(tokensOf(text));
  try {
    const latex = reader.expression();
    return RELATIONS.has(reader.next) ? { kind: "relation" } : { kind: "expression", latex };
  } catch (error) {
    if (error instanceof Unreadable || error instanceof RangeError) return { kind: "unreadable" };
    throw error;
  }
}

/** A matrix that is begun and not ended, or the reverse, is refused before anything is read. */
function hasWholeMatrices(text: string): boolean {
  const count = (command: string) => text.split(`\\${command}{`).length;
  return count("begin") === count("end");
}

function tokensOf(text: string): readonly string[] {
  return Array.from(text.matchAll(TOKEN), ([token]) => token).filter((token) =>
    !SKIPPED.test(token)
  );
}

/** A recursive descent through the grammar; each method returns what it has read and throws {@link Unreadable}. */
class Reader {
  readonly #tokens: readonly string[];
  #at = 0;
  /** Absolute values that are open: their bar closes. */
  #bars = 0;

  constructor(tokens: readonly string[]) {
    this.#tokens = tokens;
  }

  /** The token that comes next; "" at the end. One that the grammar does not know is an error as soon as it is seen. */
  get next(): string {
    const token = this.#tokens[this.#at] ?? "";
    if (token !== "" && !KNOWN.test(token)) throw new UnknownToken();
    return token;
  }

  expression(): string {
    let read = this.#product();
    while (this.#is("+") || this.#is("-")) {
      const more = this.#attempt(() => this.#take() + this.#product());
      if (more === undefined) break;
      read += more;
    }
    return read;
  }

  /** What may follow but need not: where it cannot be read, reading ends before it. */
  #attempt(read: () => string): string | undefined {
    const [at, bars] = [this.#at, this.#bars];
    try {
      return read();
    } catch (error) {
      if (!(error instanceof Unreadable) || error instanceof UnknownToken) throw error;
      [this.#at, this.#bars] = [at, bars];
      return undefined;
    }
  }

  #is(token: string): boolean {
    return this.next === token;
  }

  #take(wanted?: string): string {
    const token = this.next;
    if (token === "" || (wanted !== undefined && token !== wanted)) throw new Unreadable();
    this.#at++;
    return token;
  }

  #product(): string {
    let read = this.#unary();
    while (OPERATORS.has(this.next)) {
      const operator = this.next;
      const factor = this.#attempt(() => (this.#take(), this.#unary()));
      if (factor === undefined) break;
      read = /^(?:\/|\\div|:)$/.test(operator)
        ? `\\frac{${read}}{${factor}}`
        : `${read}\\cdot (${factor})`;
    }
    return read;
  }

  #unary(): string {
    if (this.#is("+") || this.#is("-")) return this.#take() + this.#unary();
    return this.#juxtaposed(this.#postfix(), () => this.#startsFactor());
  }

  /** What stands side by side is multiplied. */
  #juxtaposed(first: string, goesOn: () => boolean): string {
    let read = first;
    while (goesOn()) {
      const factor = this.#attempt(() => this.#postfix());
      if (factor === undefined) break;
      read += `\\cdot ${factor}`;
    }
    return read;
  }

  #startsFactor(): boolean {
    const token = this.next;
    if (token === "|") return this.#bars === 0;
    return /^(?:[a-zA-Z]|\d|[({[]|\\\{|\\(?:d?frac|tfrac|[dt]?binom|sqrt|int|sum|prod|lim|overline|mathit|lfloor|lceil|langle))$/
      .test(token) ||
      FUNCTIONS.test(token) || isSymbol(token);
  }

  #postfix(): string {
    let read = this.#power();
    while (this.#is("!")) read += this.#take();
    return read;
  }

  #power(): string {
    let read = this.#component();
    while (this.#is("^")) {
      const exponent = this.#attempt(() => {
        this.#take();
        return this.#is("{") ? this.#braced() : this.#atom();
      });
      if (exponent === undefined) break;
      read = `{${read}}^{${exponent}}`;
      if (this.#is("_")) this.#subscript();
    }
    return read;
  }

  #component(): string {
    const token = this.next;
    if (token === "(") return this.#group("(", ")");
    if (token === "[") return this.#group("[", "]");
    if (token === "{") return `(${this.#braced()})`;
    if (token === "\\{") return this.#group("\\{", "\\}");
    if (token === "\\lfloor") return this.#group("\\lfloor", "\\rfloor");
    if (token === "\\lceil") return this.#group("\\lceil", "\\rceil");
    if (token === "|") return this.#absolute();
    if (FUNCTIONS.test(token)) return this.#function();
    if (token === "\\sqrt") return this.#root();
    if (token === "\\overline") return (this.#take(), this.#braced());
    return this.#atom();
  }

  #group(open: string, close: string): string {
    const bars = this.#bars;
    this.#bars = 0;
    this.#take(open);
    const inner = this.expression();
    this.#take(close);
    this.#bars = bars;
    return open.startsWith("\\l") ? `${open} ${inner}${close} ` : `(${inner})`;
  }

  #braced(): string {
    return this.#group("{", "}").slice(1, -1);
  }

  #absolute(): string {
    this.#take("|");
    this.#bars++;
    const inner = this.expression();
    this.#bars--;
    this.#take("|");
    return `|${inner}|`;
  }

  #root(): string {
    this.#take();
    const index = this.#is("[") ? `[${this.#group("[", "]").slice(1, -1)}]` : "";
    return `\\sqrt${index}{${this.#braced()}}`;
  }

  #function(): string {
    const name = this.#take();
    let marks = "";
    for (const mark of ["_", "^", "_"]) {
      if (!this.#is(mark)) continue;
      this.#take();
      marks += `${mark}{${
        this.#is("{") ? this.#braced() : /^\d$/.test(this.next) ? this.#take() : this.#atom()
      }}`;
    }
    const argument = this.#is("(") ? this.#group("(", ")") : `(${this.#argument()})`;
    return `${name}${marks}${argument}`;
  }

  /** What a function without brackets is of: a product that ends before the next function. */
  #argument(): string {
    const sign = this.#is("-") || this.#is("+") ? this.#take() : "";
    return this.#juxtaposed(
      sign + this.#postfix(),
      () => this.#startsFactor() && !FUNCTIONS.test(this.next),
    );
  }

  #atom(): string {
    const token = this.next;
    if (/^\d$/.test(token)) return this.#number();
    if (/^\\[dt]?frac$/.test(token)) return this.#fraction("\\frac");
    if (/^\\[dt]?binom$/.test(token)) return this.#fraction("\\binom");
    if (!/^[a-zA-Z]$/.test(token) && !isSymbol(token)) throw new Unreadable();
    const name = this.#take();
    // i and e are letters as any other to SymPy's parser
    let read = name.startsWith("\\") ? `${name} ` : /^[ie]$/.test(name) ? `${name}_{0}` : name;
    if (this.#is("_")) read = `${name}_{${this.#subscript()}}`;
    while (this.#is("'")) this.#take();
    const called = this.#is("(") ? this.#attempt(() => this.#arguments()) : undefined;
    return called === undefined ? read : `${read}\\cdot ${called}`;
  }

  /** "f(x,y)": a letter before a bracket is a function of SymPy's, with any number of arguments. */
  #arguments(): string {
    this.#take("(");
    const parts = [this.expression()];
    while (this.#is(",")) {
      this.#take();
      parts.push(this.expression());
    }
    this.#take(")");
    return `(${parts.join("+7919")})`;
  }

  #subscript(): string {
    this.#take("_");
    return this.#is("{") ? this.#braced() : this.#atom();
  }

  /** Digits, groups of three after commas, and a point with digits after it. */
  #number(): string {
    let read = "";
    while (/^\d$/.test(this.#peek(0))) read += this.#take();
    while (this.#peek(0) === "," && [1, 2, 3].every((ahead) => /^\d$/.test(this.#peek(ahead)))) {
      this.#at++;
      for (let digit = 0; digit < 3; digit++) read += this.#take();
    }
    if (this.#peek(0) === "." && /^\d$/.test(this.#peek(1))) {
      read += ".";
      this.#at++;
      while (/^\d$/.test(this.#peek(0))) read += this.#take();
    }
    return read;
  }

  #peek(ahead: number): string {
    return this.#tokens[this.#at + ahead] ?? "";
  }

  #fraction(command: string): string {
    this.#take();
    const part = () =>
      this.#is("{") ? this.#braced() : /^\d$/.test(this.next) ? this.#take() : this.#refuse();
    return `${command}{${part()}}{${part()}}`;
  }

  #refuse(): never {
    throw new Unreadable();
  }
}

function isSymbol(token: string): boolean {
  return /^\\[a-zA-Z]+$/.test(token) && !RESERVED.test(token) && !FUNCTIONS.test(token);
}
