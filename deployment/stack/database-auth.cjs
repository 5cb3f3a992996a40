/** How the functions log in at the database: with a secret if the stage names one, else by IAM. */
module.exports.of = async ({ resolveVariable }) =>
  (await resolveVariable("param:databaseSecretArn, ''")) === '' ? 'iam' : 'secret';
