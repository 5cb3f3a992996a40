const { serviceVariables } = require('./service-variables.ts');

/** Exports the variables for serverless.yml, which reads CommonJS only. */
module.exports = () => {
  try {
    return serviceVariables();
  } catch (error) {
    if (error instanceof Error) {
      error.stack = error.message; // the framework prints the stack
    }
    throw error;
  }
};
