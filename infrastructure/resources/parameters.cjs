/**
 * What the stack was deployed with, for the next deployment: a parameter that nobody says again must not go back to its
 * default, which would replace the cluster or the network. Without what is empty, which the framework takes from nobody.
 */
module.exports = async ({ resolveVariable, resolveConfigurationProperty }) => {
  const names = Object.keys(await resolveConfigurationProperty(['params', 'default']));
  const values = await Promise.all(
    names.map(async (name) => [name, String(await resolveVariable(`param:${name}`))]),
  );
  const said = values.filter(([, value]) => value !== '');
  return {
    Outputs: {
      infrastructureParameters: {
        Description: 'What the stack was deployed with',
        Value: JSON.stringify(Object.fromEntries(said)),
      },
    },
  };
};
