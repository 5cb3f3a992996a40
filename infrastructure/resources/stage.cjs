/** What the stage's parameters mean for its resources: asked by each file that makes some. */
module.exports.readStage = async ({ resolveVariable }) => {
  const parameter = (name) => resolveVariable(`param:${name}`);
  const isTest = oneOf('test', await parameter('test'), { true: true, false: false });
  return {
    stage: await resolveVariable('sls:stage'),
    parameter,
    /** What a parameter with a few words for values stands for. */
    choose: async (name, meanings) => oneOf(name, await parameter(name), meanings),
    isTest,
    /** Whether the database and the stack refuse to be deleted. */
    isProtected:
      !isTest && oneOf('isProtected', await parameter('isProtected'), { true: true, false: false }),
    zones: isTest ? 2 : 3,
    /** What happens to data when the stack is removed, or a change would replace its resource. What was only just made goes when a deployment fails. */
    keep: (policy) =>
      isTest
        ? { DeletionPolicy: 'Delete', UpdateReplacePolicy: 'Delete' }
        : {
            DeletionPolicy: policy === 'Retain' ? 'RetainExceptOnCreate' : policy,
            UpdateReplacePolicy: policy,
          },
  };
};

module.exports.isProtected = async (variables) => (await module.exports.readStage(variables)).isProtected;

function oneOf(name, value, meanings) {
  if (!Object.hasOwn(meanings, value)) {
    throw new Error(
      `The parameter ${name} is "${value}", but must be ${Object.keys(meanings).join(' or ')}.`,
    );
  }
  return meanings[value];
}
