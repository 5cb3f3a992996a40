/** Parses Prometheus' text format, independently of the writer: it reads character by character, as the format's page says. */

export interface ParsedSample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface ParsedFamily {
  readonly help: string;
  readonly type: string;
  readonly samples: readonly ParsedSample[];
}

const familyOf = (sample: string, families: ReadonlyMap<string, unknown>): string =>
  families.has(sample) ? sample : sample.replace(/_(bucket|sum|count)$/, '');

/** @throws Error for a line that Prometheus rejects, and for a sample without HELP and TYPE before it. */
export function parsePrometheusText(text: string): ReadonlyMap<string, ParsedFamily> {
  if (text !== '' && !text.endsWith('\n')) {
    throw new Error('The last line has no line feed.');
  }
  const families = new Map<string, { help: string; type: string; samples: ParsedSample[] }>();
  for (const line of text.split('\n').slice(0, -1)) {
    const [, keyword, name = '', rest = ''] = /^# (HELP|TYPE) ([a-zA-Z_:][\w:]*) (.*)$/s.exec(line) ?? [];
    const known = families.get(keyword === undefined ? familyOf(parseSample(line).name, families) : name);
    if (keyword === 'HELP' && known === undefined) {
      families.set(name, { help: unescaped(rest, '\\n'), type: '', samples: [] });
    } else if (keyword === 'TYPE' && known?.type === '') {
      known.type = rest;
    } else if (keyword === undefined && known !== undefined && known.type !== '') {
      known.samples.push(parseSample(line));
    } else {
      throw new Error(`Unexpected line: ${line}`);
    }
  }
  return families;
}

function parseSample(line: string): ParsedSample {
  const name = /^[a-zA-Z_:][\w:]*/.exec(line)?.[0];
  if (name === undefined) {
    throw new Error(`No name: ${line}`);
  }
  let at = name.length;
  const labels: Record<string, string> = {};
  if (line[at] === '{') {
    do {
      const [whole = '', label = ''] = /^[{,]([a-zA-Z_]\w*)="/.exec(line.slice(at)) ?? [];
      const start = at + whole.length;
      at = start;
      while (at < line.length && line[at] !== '"') {
        at += line[at] === '\\' ? 2 : 1;
      }
      if (label === '' || label in labels || at >= line.length) {
        throw new Error(`Malformed labels: ${line}`);
      }
      labels[label] = unescaped(line.slice(start, at), '\\n"');
      at += 1;
    } while (line[at] === ',');
    if (line[at] !== '}') {
      throw new Error(`Unclosed labels: ${line}`);
    }
    at += 1;
  }
  const number = line.slice(at + 1);
  if (line[at] !== ' ' || !/^([+-]?\d+(\.\d+)?(e[+-]?\d+)?|[+-]Inf|NaN)$/.test(number)) {
    throw new Error(`No value: ${line}`);
  }
  return { name, labels, value: Number(number.replace('Inf', 'Infinity')) };
}

/** `escapes`: the characters that may follow a backslash. */
function unescaped(text: string, escapes: string): string {
  return text.replace(/\\(.?)/gs, (_match, escaped: string) => {
    if (escaped === '' || !escapes.includes(escaped)) {
      throw new Error(`Unknown escape in ${text}`);
    }
    return escaped === 'n' ? '\n' : escaped;
  });
}
