import * as z from 'zod';
import type { oas31, ZodOpenApiPathsObject } from 'zod-openapi';
import { header } from './headers.ts';
import { exampleValues, operation } from './operation.ts';

/** The reference page, for people. A program needs only the document. */

const common = { function: 'reference', tag: 'Service' } as const;

/** Headers of the page and of its files. */
const compressed = header('x-request-id', 'Vary', 'Content-Encoding');

const shortened = (text: string): { schema: z.ZodType; examples: oas31.ExamplesObject } => ({
  schema: z.string(),
  examples: exampleValues({ shortened: text }),
});

export const referencePaths: ZodOpenApiPathsObject = {
  '/docs': {
    get: operation({
      ...common,
      id: 'getReferencePage',
      summary: 'The reference page of the API',
      description: 'A page for browsers that shows this document and sends requests. Needs no token.',
      answers: {
        200: {
          description: 'The page, which names its scripts and its style sheet.',
          headers: {
            ...compressed,
            ...header('Content-Security-Policy'),
            'Cache-Control': { $ref: '#/components/headers/Page-Cache-Control' },
          },
          content: {
            'text/html': shortened(
              '<!doctype html><html lang="en"><title>Orderly API reference</title><script src="/docs/start-7K2QX4VB.js" defer></script></html>',
            ),
          },
        },
      },
    }),
  },
  '/docs/{file}': {
    get: operation({
      ...common,
      id: 'getReferenceFile',
      summary: 'A script or the style sheet of the reference page',
      description:
        'Only the page names the files, because each name contains a hash of the content. Needs no token. An unknown name, such as that of an earlier release, gets 404.',
      problems: ['route_not_found'],
      parameters: {
        path: z.object({
          file: z
            .string()
            .regex(/^[a-z]+-[0-9A-Z]{8}\.(js|css)$/)
            .meta({ description: 'A file that the page names.', examples: ['start-7K2QX4VB.js'] }),
        }),
      },
      answers: {
        200: {
          description: 'The file.',
          headers: {
            ...compressed,
            'Cache-Control': { $ref: '#/components/headers/File-Cache-Control' },
          },
          content: {
            'text/javascript': shortened('document.documentElement.dataset.theme = "dark";'),
            'text/css': shortened('.bar { display: flex; }'),
          },
        },
      },
    }),
  },
};
