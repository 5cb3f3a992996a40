import * as z from 'zod';

/** The key under `custom` in the service file. */
export const DECLARATION_KEY = 'stage-parameters';

const parameterSchema = z.strictObject({
  /** What it is, for the person who lacks it. */
  is: z.string(),
  /** A regular expression that the whole value matches. */
  pattern: z.string().transform((source) => new RegExp(`^(?:${source})$`)),
  example: z.string(),
});

const declarationSchema = z.strictObject({
  /** The stage that runs on a laptop and is never packaged. */
  localStage: z.string(),
  /** `unless`: a value of another one, `name=value`, with which it may be missing. */
  required: z.record(
    z.string(),
    parameterSchema.extend({
      unless: z
        .string()
        .regex(/^\w+=\S+$/)
        .optional(),
    }),
  ),
  /** Of each of these lists of optional ones, at least one is given. */
  oneOf: z.array(z.array(z.string()).min(2)).default([]),
  /** `needs`: another one, without which it cannot be given. */
  optional: z.record(z.string(), parameterSchema.extend({ needs: z.string().optional() })),
});

export type Declaration = z.infer<typeof declarationSchema>;

/** Reads `custom.stage-parameters`. @throws ZodError when the service file has it wrong. */
export function readDeclaration(custom: Readonly<Record<string, unknown>> | undefined): Declaration {
  return declarationSchema.parse(custom?.[DECLARATION_KEY]);
}
