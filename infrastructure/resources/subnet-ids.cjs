const { readStage } = require('./stage.cjs');

/** The private subnets of the stage, separated by commas. */
module.exports.joined = async (variables) => {
  const { zones } = await readStage(variables);
  const ids = Array.from({ length: zones }, (_, index) => ({ Ref: `PrivateSubnet${index + 1}` }));
  return { 'Fn::Join': [',', ids] };
};
