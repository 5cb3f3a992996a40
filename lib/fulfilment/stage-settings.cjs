/**
 * What serverless.yml cannot say by itself: settings that depend on whether a stage has a receiver. Variables of the
 * source "file" call these: https://www.serverless.com/framework/docs/guides/variables#javascript-file
 */

/** A parameter, or nothing. */
const parameter = (resolveVariable, name) => resolveVariable(`param:${name}, ''`);

/** Whether the calls to a receiver are made. */
async function isOn({ resolveVariable }) {
  return (await parameter(resolveVariable, 'fulfilmentUrl')) !== '';
}

/** CloudFormation reads the secret while it deploys. On a laptop it comes from the environment. */
async function secretReference({ resolveVariable }) {
  const arn = await parameter(resolveVariable, 'fulfilmentSecretArn');
  return arn === '' ? '' : `{{resolve:secretsmanager:${arn}}}`;
}

module.exports = { isOn, secretReference };
