// What a platform implements so that billing can stop models and start them again: the document of docs/platform-openapi.json.
import { type TSchema, Type } from '@sinclair/typebox';
import { Id, Name, words } from './scalars';
import { answer, entry, optional, said } from './shape';

const state = {
  state: words(['active', 'stopped'], 'active: it runs, or is started by the next request'),
  stoppedBy: optional(
    words(
      ['billing', 'owner'],
      'of a stopped one: who did it. What the platform stopped by itself for billing is billing',
    ),
  ),
};

export const PlatformModel = answer('PlatformModel', { model: Name, ...state });
export const PlatformModels = answer('PlatformModels', {
  items: Type.Array(PlatformModel),
  next: optional(Type.String({ description: 'cursor of the next page' })),
});
const PlatformModelState = answer('PlatformModelState', state);

const ModelCommandBody = entry('ModelCommand', {
  command: words(['deactivate', 'reactivate'], 'as in the path: the signature covers the body'),
  workspace: Id,
  model: Name,
  reason: words(['credits', 'past_due', 'operator']),
  message: Type.String({ description: 'for people' }),
  generation: Type.Integer({
    minimum: 1,
    description: 'grows with each change of mind about this model: answer 409 to a lower one than the last carried out',
  }),
});

const PlatformProblem = answer('PlatformProblem', {
  code: words(['workspace_not_found', 'model_not_found', 'superseded', 'unauthorized', 'invalid_request']),
  detail: optional(Type.String()),
});

const description = `What a platform implements so that Minutebook can stop a workspace's models when its credits are gone and
start them again.

Every call is signed as Standard Webhooks are: \`webhook-id\`, \`webhook-timestamp\` (seconds), and \`webhook-signature\`, which
holds \`v1,\` and the base64 of HMAC-SHA256 over \`id.timestamp.body\` under the secret that both sides know (\`whsec_<base64>\`). Refuse
with 401 what is not signed right or is older than five minutes. The body of a GET is empty.

Every call may come more than once. Commands carry an \`Idempotency-Key\`, the same for the same generation. Billing never deletes
anything, and never starts what an owner stopped.`;

const workspaceParameter = parameter('workspace', 'a workspace id, percent-encoded', Id);
const modelParameter = parameter('model', 'a model name, percent-encoded: it may hold slashes', Name);

/** The OpenAPI 3.1 document. */
export function platformOpenapi(): object {
  const command = (operationId: string, summary: string) => ({
    post: {
      operationId,
      summary,
      parameters: [workspaceParameter, modelParameter, idempotencyKey],
      requestBody: { required: true, content: json(ModelCommandBody) },
      responses: {
        200: { description: 'how the model is now', content: json(PlatformModelState) },
        404: problem('there is no such model: code `model_not_found`'),
        409: problem('a later command was carried out: code `superseded`'),
        '4XX': problem('refused; it is sent again later'),
        '5XX': problem('it is sent again later'),
      },
    },
  });
  return {
    openapi: '3.1.0',
    info: { title: 'Minutebook: what a platform implements', version: '1', description },
    servers: [{ url: 'https://platform.example', description: 'PLATFORM_URL' }],
    paths: {
      '/v1/workspaces/{workspace}/models': {
        get: {
          operationId: 'listModels',
          summary: "A workspace's models, each with its state and who stopped it",
          parameters: [workspaceParameter, cursorParameter],
          responses: {
            200: { description: 'a page of models', content: json(PlatformModels) },
            404: problem('there is no such workspace: code `workspace_not_found`'),
            '4XX': problem('refused'),
            '5XX': problem('it is asked again later'),
          },
        },
      },
      '/v1/workspaces/{workspace}/models/{model}/deactivate': command(
        'deactivateModel',
        'Stops a model within seconds. One that its owner stopped stays as it is',
      ),
      '/v1/workspaces/{workspace}/models/{model}/reactivate': command(
        'reactivateModel',
        'Starts a model that billing stopped. One that its owner stopped stays as it is',
      ),
    },
    components: {
      schemas: Object.fromEntries(
        [PlatformModel, PlatformModels, PlatformModelState, ModelCommandBody, PlatformProblem].map((schema) => [
          schema.$id,
          plain(schema),
        ]),
      ),
      securitySchemes: {
        signature: { type: 'apiKey', in: 'header', name: 'webhook-signature', description: 'Standard Webhooks' },
      },
    },
    security: [{ signature: [] }],
  };
}

const idempotencyKey = {
  ...parameter('Idempotency-Key', 'the same for the same generation', Type.String()),
  in: 'header',
};
const cursorParameter = {
  ...parameter('cursor', '`next` of the page before', Type.String()),
  in: 'query',
  required: false,
};

function parameter(name: string, description: string, schema: TSchema) {
  return { name, in: 'path', required: true, schema: plain(said(description, schema)) };
}

function json(schema: TSchema) {
  return { 'application/json': { schema: { $ref: `#/components/schemas/${schema.$id}` } } };
}

function problem(text: string) {
  const schema = { $ref: `#/components/schemas/${PlatformProblem.$id}` };
  return { description: text, content: { 'application/problem+json': { schema } } };
}

// Without TypeBox's own symbols, and nested names as references.
function plain(schema: TSchema): unknown {
  const { $id: _, ...keywords } = schema;
  return JSON.parse(
    JSON.stringify(keywords, (key, value) =>
      key !== '' && isNamed(value) ? { $ref: `#/components/schemas/${value.$id}` } : value,
    ),
  );
}

function isNamed(value: unknown): value is { readonly $id: string } {
  return typeof value === 'object' && value !== null && '$id' in value && typeof value.$id === 'string';
}
