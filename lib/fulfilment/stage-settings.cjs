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
  if (arn !== '') {
    return `{{resolve:secretsmanager:${arn}}}`;
  }
  if ((await isOn({ resolveVariable })) && (await resolveVariable('sls:stage')) !== 'local') {
    throw new Error('fulfilmentUrl needs fulfilmentSecretArn: the calls to the receiver are signed');
  }
  return '';
}

module.exports = { isOn, secretReference };
