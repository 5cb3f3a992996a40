/** Values of queries and expressions in one period. Without data, a value is undefined. */
export type Values = ReadonlyMap<string, number | undefined>;

/**
 * Evaluates an expression of CloudWatch's metric math for one period: arithmetic, comparisons, AND, OR, IF and FILL. Between
 * two time series a missing value is 0; what only has missing values is missing. A division by zero has no result.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html#metric-math-syntax-arithmetic
 *
 * AWS does not document whether FILL fills a metric that has no values at all, so the caller chooses.
 */
export function evaluateMetricMath(
  expression: string,
  values: Values,
  { fillsEmpty }: { readonly fillsEmpty: boolean },
): number | undefined {
  const tokens = expression.match(/[A-Za-z_]\w*|\d+(?:\.\d+)?|>=|<=|==|!=|[-+*/()<>,]/g) ?? [];
  if (tokens.join('') !== expression.replaceAll(' ', '')) {
    throw new Error(`"${expression}" has an unknown symbol`);
  }
  const parser = new Parser(tokens, values, fillsEmpty);
  const result = parser.either();
  parser.expect(undefined);
  return result.value;
}

/** A number, or the value of a time series in the period. */
interface Operand {
  readonly value: number | undefined;
  readonly isSeries: boolean;
}

type Operation = (left: number, right: number) => number | boolean | undefined;

function combine(left: Operand, right: Operand, operation: Operation): Operand {
  const isSeries = left.isSeries || right.isSeries;
  const isMissing = [left, right].every(({ value, isSeries: each }) => !each || value === undefined);
  if (isSeries && isMissing) {
    return { value: undefined, isSeries };
  }
  const result = operation(left.value ?? 0, right.value ?? 0);
  return { value: result === undefined ? undefined : Number(result), isSeries };
}

const operations: Readonly<Record<string, Operation>> = {
  OR: (a, b) => a !== 0 || b !== 0,
  AND: (a, b) => a !== 0 && b !== 0,
  '>=': (a, b) => a >= b,
  '<=': (a, b) => a <= b,
  '==': (a, b) => a === b,
  '!=': (a, b) => a !== b,
  '>': (a, b) => a > b,
  '<': (a, b) => a < b,
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => (b === 0 ? undefined : a / b),
};

class Parser {
  readonly #tokens: readonly string[];
  readonly #values: Values;
  readonly #fillsEmpty: boolean;
  #next = 0;

  constructor(tokens: readonly string[], values: Values, fillsEmpty: boolean) {
    this.#tokens = tokens;
    this.#values = values;
    this.#fillsEmpty = fillsEmpty;
  }

  expect(token: string | undefined): void {
    const found = this.#tokens[this.#next++];
    if (found !== token) {
      throw new Error(`${found ?? 'the end'} instead of ${token ?? 'the end'}`);
    }
  }

  either = (): Operand => this.#operators(['OR'], this.#both);
  #both = (): Operand => this.#operators(['AND'], this.#comparison);
  #comparison = (): Operand => this.#operators(['>=', '<=', '==', '!=', '>', '<'], this.#sum);
  #sum = (): Operand => this.#operators(['+', '-'], this.#product);
  #product = (): Operand => this.#operators(['*', '/'], () => this.#operand());

  /** Operators of one precedence, from left to right. */
  #operators(names: readonly string[], operand: () => Operand): Operand {
    let left = operand();
    for (;;) {
      const name = this.#tokens[this.#next] ?? '';
      const operation = operations[name];
      if (operation === undefined || !names.includes(name)) {
        return left;
      }
      this.#next++;
      left = combine(left, operand(), operation);
    }
  }

  #operand(): Operand {
    const token = this.#tokens[this.#next++] ?? '';
    if (token === '(') {
      const inner = this.either();
      this.expect(')');
      return inner;
    }
    if (token === 'IF') {
      const [condition, yes, no] = this.#parameters();
      const chosen = condition.value === 0 ? no : yes;
      return { value: condition.value === undefined ? undefined : chosen.value, isSeries: true };
    }
    if (token === 'FILL') {
      const [series, filler] = this.#parameters();
      return { value: this.#fillsEmpty ? (series.value ?? filler.value) : series.value, isSeries: true };
    }
    if (/^\d/.test(token)) {
      return { value: Number(token), isSeries: false };
    }
    if (!this.#values.has(token)) {
      throw new Error(`${token} is no value`);
    }
    return { value: this.#values.get(token), isSeries: true };
  }

  /** Up to three parameters of a function. */
  #parameters(): readonly [Operand, Operand, Operand] {
    const missing: Operand = { value: undefined, isSeries: false };
    const operands: Operand[] = [];
    let separator: string | undefined = '(';
    this.expect('(');
    do {
      operands.push(this.either());
      separator = this.#tokens[this.#next++];
    } while (separator === ',');
    if (separator !== ')') {
      throw new Error(`${separator ?? 'the end'} instead of )`);
    }
    const [first = missing, second = missing, third = missing] = operands;
    return [first, second, third];
  }
}
