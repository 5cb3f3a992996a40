import * as z from 'zod';

/**
 * Traces in OTLP/JSON: https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding
 * Ids are hexadecimal, enums are integers, 64-bit integers are decimal strings. Unknown fields are kept and not checked, as
 * OTLP requires. `null` means the default value, as in the JSON mapping of proto3.
 */

const hexId = (digits: number) =>
  z
    .string(`must be ${digits} hexadecimal digits`)
    .regex(new RegExp(`^(?!0+$)[0-9a-fA-F]{${digits}}$`), `must be ${digits} hexadecimal digits, not all 0`)
    .transform((id) => id.toLowerCase());

export const traceIdSchema = hexId(32);
const spanIdSchema = hexId(16);

/** Exporters write an absent parent as an empty string or as zeros. */
const parentSpanIdSchema = z
  .string()
  .regex(/^(0*|[0-9a-fA-F]{16})$/, 'must be 16 hexadecimal digits, or empty')
  .transform((id) => (/^0*$/.test(id) ? '' : id.toLowerCase()));

const NOT_NANOSECONDS = 'must be nanoseconds since the epoch';

/** Nanoseconds since the epoch. A number is accepted too, although a double cannot represent all of them exactly. */
const nanosecondsSchema = z.union(
  [
    z.string().regex(/^\d{1,20}$/, NOT_NANOSECONDS),
    z
      .number()
      .min(0, NOT_NANOSECONDS)
      .max(2 ** 64, NOT_NANOSECONDS)
      .transform((number) => BigInt(Math.trunc(number)).toString()),
  ],
  NOT_NANOSECONDS,
);

const anyValueSchema = z.looseObject({
  stringValue: z.string().nullish(),
  boolValue: z.boolean().nullish(),
  intValue: z.union([z.string(), z.number()]).nullish(),
  doubleValue: z.union([z.number(), z.string()]).nullish(),
  bytesValue: z.string().nullish(),
  get arrayValue() {
    return z.looseObject({ values: z.array(anyValueSchema).nullish() }).nullish();
  },
  get kvlistValue() {
    return z.looseObject({ values: z.array(keyValueSchema).nullish() }).nullish();
  },
});

const keyValueSchema = z.looseObject({
  key: z.string(),
  get value() {
    return anyValueSchema.nullish();
  },
});

const attributesSchema = z.array(keyValueSchema).nullish();

/** https://github.com/open-telemetry/opentelemetry-proto/blob/main/opentelemetry/proto/trace/v1/trace.proto */
const spanSchema = z.looseObject({
  traceId: traceIdSchema,
  spanId: spanIdSchema,
  parentSpanId: parentSpanIdSchema.nullish(),
  name: z.string().nullish(),
  kind: z.int().nullish(),
  startTimeUnixNano: nanosecondsSchema,
  endTimeUnixNano: nanosecondsSchema.nullish(),
  attributes: attributesSchema,
  events: z
    .array(
      z.looseObject({
        timeUnixNano: nanosecondsSchema.nullish(),
        name: z.string().nullish(),
        attributes: attributesSchema,
      }),
    )
    .nullish(),
  links: z
    .array(z.looseObject({ traceId: traceIdSchema, spanId: spanIdSchema, attributes: attributesSchema }))
    .nullish(),
  status: z.looseObject({ code: z.int().nullish(), message: z.string().nullish() }).nullish(),
});

/** The body of `POST /v1/traces`, and of a stored trace. */
export const tracesDataSchema = z.looseObject({
  resourceSpans: z
    .array(
      z.looseObject({
        resource: z.looseObject({ attributes: attributesSchema }).nullish(),
        scopeSpans: z.array(z.looseObject({ spans: z.array(spanSchema).nullish() })).nullish(),
      }),
    )
    .nullish(),
});

export type TracesData = z.infer<typeof tracesDataSchema>;
export type OtlpSpan = z.infer<typeof spanSchema>;
export type AnyValue = z.infer<typeof anyValueSchema>;
export type Attributes = z.infer<typeof attributesSchema>;

const STATUS_ERROR = 2;

export const isFailed = ({ status }: OtlpSpan): boolean => status?.code === STATUS_ERROR;

/** Returns nanoseconds as milliseconds, exact to the microsecond. */
export const millisecondsOf = (nanoseconds: string): number => Number(BigInt(nanoseconds) / 1_000n) / 1_000;

/** Returns the order ids of `orderly.order.id` and `orderly.order.ids`. */
export function orderIdsOf({ attributes }: OtlpSpan): string[] {
  const values = (attributes ?? []).flatMap(({ key, value }) => {
    if (key === 'orderly.order.id') {
      return [value];
    }
    return key === 'orderly.order.ids' ? (value?.arrayValue?.values ?? []) : [];
  });
  return values.flatMap((value) => value?.stringValue ?? []);
}
