const provisioned = require('./kafka-provisioned.cjs');
const serverless = require('./kafka-serverless.cjs');
const { readStage } = require('./stage.cjs');

/** The kind of cluster that the stage has. */
module.exports = async (variables) => {
  const { choose } = await readStage(variables);
  const resources = await choose('kafka', { provisioned, serverless });
  return resources(variables);
};
