/** The emulator accepts any credentials. */
export const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };

/**
 * Configures this process and its children to use the emulator as AWS. Removes all AWS settings of the user, so that nothing
 * can reach a real account.
 */
export function useEmulator(url: string): void {
  for (const name of Object.keys(process.env).filter((key) => key.startsWith('AWS_'))) {
    delete process.env[name];
  }
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: url,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    AWS_EC2_METADATA_DISABLED: 'true',
  });
}
