import { OrderlyError } from '../../lib/errors/orderly-error.ts';
import { typeError } from '../../lib/orders/fields.ts';
import { tracesDataSchema } from './otlp.ts';
import type { ReceivedSpans, TraceStore } from './trace-store.ts';

/** https://opentelemetry.io/docs/specs/otlp/#partial-success */
export interface ExportAnswer {
  readonly partialSuccess: { readonly rejectedSpans?: string; readonly errorMessage?: string };
}

/**
 * Stores the spans of an export request.
 * @throws OrderlyError `validation_failed` that names the first error; no span is stored then.
 */
export function receiveSpans(store: TraceStore, body: unknown): ExportAnswer {
  const rejected = readSpans(body).reduce((sum, received) => sum + store.add(received), 0);
  return {
    partialSuccess:
      rejected === 0
        ? {}
        : {
            rejectedSpans: `${rejected}`,
            errorMessage: 'The rejected spans belong to traces that have reached a limit of the trace store.',
          },
  };
}

function readSpans(body: unknown): ReceivedSpans[] {
  const parsed = tracesDataSchema.safeParse(body, { error: typeError });
  if (!parsed.success) {
    const [first] = parsed.error.issues;
    throw new OrderlyError(
      'validation_failed',
      `The body is not OTLP/JSON: ${first?.path.join('.') || 'the body'} ${first?.message}.`,
    );
  }
  return (parsed.data.resourceSpans ?? []).flatMap(({ scopeSpans, ...resource }) =>
    (scopeSpans ?? []).map(({ spans, ...scope }) => ({
      source: { resource: JSON.stringify(resource), scope: JSON.stringify(scope) },
      spans: spans ?? [],
    })),
  );
}
