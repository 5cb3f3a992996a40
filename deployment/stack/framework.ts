import * as z from 'zod';
import type { ParameterName } from './stage-settings.ts';

/** The argument that the framework passes to a function of a service-file variable: `${file(./x.cjs):name}`. */
export interface Variables {
  /** Resolves `param:name`, `sls:stage` and other variables. */
  resolveVariable(address: string): Promise<unknown>;
  /** Returns a part of the service file, with its variables resolved. */
  resolveConfigurationProperty(path: readonly string[]): Promise<unknown>;
}

/** A resource of a CloudFormation template. */
export interface Resource {
  readonly Type: string;
  readonly Properties: Readonly<Record<string, unknown>>;
  readonly DependsOn?: string;
  readonly DeletionPolicy?: string;
  readonly UpdateReplacePolicy?: string;
}

export type Resources = Readonly<Record<string, Resource>>;

/** A part of a template, as the framework merges it. */
export interface TemplatePart {
  readonly Resources: Resources;
}

const text = z.union([z.string(), z.number(), z.boolean()]).transform(String);

/** Returns a parameter of the stage; '' if the stage does not have it. */
export const readParameter = async ({ resolveVariable }: Variables, name: ParameterName): Promise<string> =>
  text.parse(await resolveVariable(`param:${name}, ''`));

/** Returns a parameter of the stage as a number; null if the stage does not have it. */
export async function readNumber(variables: Variables, name: ParameterName): Promise<number | null> {
  const value = await readParameter(variables, name);
  return value === '' ? null : Number(value);
}

export const readStageName = async ({ resolveVariable }: Variables): Promise<string> =>
  z.string().parse(await resolveVariable('sls:stage'));

const functionsSchema = z.record(
  z.string(),
  z.object({
    timeout: z.number().optional(),
    vpc: z.unknown().optional(),
    events: z
      .array(
        z.object({
          httpApi: z.string().optional(),
          schedule: z.string().optional(),
          msk: z.unknown().optional(),
        }),
      )
      .default([]),
  }),
);

/** A function of a service file, as far as its resources depend on it. */
export type DeclaredFunction = z.infer<typeof functionsSchema>[string];

/** Returns the functions of the service file, by name. */
export const readFunctions = async ({
  resolveConfigurationProperty,
}: Variables): Promise<Readonly<Record<string, DeclaredFunction>>> =>
  functionsSchema.parse(await resolveConfigurationProperty(['functions']));

/** Converts the name of a function to the form that logical ids have: `createOrder` to `CreateOrder`. */
export const capitalized = (name: string): string => `${name.charAt(0).toUpperCase()}${name.slice(1)}`;
