import SwaggerUI from 'swagger-ui-dist/swagger-ui-es-bundle.js';

SwaggerUI({
  url: '/openapi.json',
  domNode: document.querySelector('#reference'),
  deepLinking: true,
  docExpansion: 'list',
  defaultModelsExpandDepth: 0, // the list of schemas is collapsed
  displayRequestDuration: true,
  requestSnippetsEnabled: true, // the curl command of each request
  persistAuthorization: false,
  validatorUrl: null, // the default sends the document to a server on the internet
});
