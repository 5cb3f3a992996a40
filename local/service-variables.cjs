const { serviceVariables } = require('./service-variables.ts');

/** Exports the same for serverless.yml, which reads CommonJS only. */
module.exports = () => {
  try {
    return serviceVariables();
  } catch (error) {
    error.stack = error.message; // the framework would print it
    throw error;
  }
};
