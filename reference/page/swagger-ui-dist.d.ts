/** The options that this page uses: https://swagger.io/docs/open-source-tools/swagger-ui/usage/configuration/ */
declare module 'swagger-ui-dist/swagger-ui-es-bundle.js' {
  interface Options {
    readonly url: string;
    readonly domNode: Element | null;
    readonly deepLinking: boolean;
    readonly docExpansion: 'list' | 'full' | 'none';
    readonly defaultModelsExpandDepth: number;
    readonly displayRequestDuration: boolean;
    readonly requestSnippetsEnabled: boolean;
    readonly persistAuthorization: boolean;
    readonly validatorUrl: string | null;
  }
  export default function swaggerUi(options: Options): void;
}
