const { resolve } = require('node:path');
const { postgresUrl } = require('./postgres-password.ts');

/** For `serverless.yml`, which has read `.env`: the database of `npm start`, with the password that is kept beside it. */
module.exports.ofStack = () => {
  const { STATE_DIR, POSTGRES_PORT } = process.env;
  return postgresUrl(
    resolve(__dirname, '..', STATE_DIR || '.local'),
    Number(POSTGRES_PORT || 55_432),
    'orderly',
  );
};
