import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';

const fixture = z.object({
  partitions: z.int(),
  records: z.array(
    z.object({ name: z.string(), key: z.string(), value: z.string(), partition: z.int().nonnegative() }),
  ),
});

/** Records as the predecessor's producer sends them; `make-predecessor-records.py` writes them. */
export const predecessorRecords = fixture.parse(
  JSON.parse(readFileSync(join(import.meta.dirname, 'predecessor-records.json'), 'utf8')),
);
