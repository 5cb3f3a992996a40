import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { readContracts } from '../../../contracts/evolution/contract-files.ts';

test.each(['openapi.json', 'asyncapi.json'])(
  'a directory without %s is an error that names the file',
  async (missing) => {
    const directory = await mkdtemp(join(tmpdir(), 'contracts-'));
    try {
      for (const name of ['openapi.json', 'asyncapi.json'].filter((one) => one !== missing)) {
        await writeFile(join(directory, name), '{}');
      }

      await expect(readContracts(directory)).rejects.toThrow(`${join(directory, missing)} cannot be read`);
    } finally {
      await rm(directory, { recursive: true });
    }
  },
);
