// The framework loads JavaScript from CommonJS files only. Node strips the types of the files that this one requires.
const { database } = require('./database.ts');
const { encryption } = require('./encryption.ts');
const { kafka } = require('./kafka.ts');
const { network, privateSubnetIds } = require('./network.ts');
const { ownParameters } = require('./own-parameters.ts');
const { isProtected } = require('./stage.ts');

module.exports = { database, encryption, isProtected, kafka, network, ownParameters, privateSubnetIds };
